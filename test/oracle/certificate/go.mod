module keda-medic/oracle/certificate

go 1.26
