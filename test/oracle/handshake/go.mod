module keda-medic/oracle/handshake

go 1.26
