module keda-medic/test/infra/crds

go 1.26.0

// Nothing is built: the CRDs of Knative and KEDA lie in their modules.
require (
	github.com/kedacore/keda/v2 v2.20.2
	knative.dev/eventing v0.44.0
	knative.dev/serving v0.44.0
)
