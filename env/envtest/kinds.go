package envtest

import (
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// made are the kinds of package kinds that a World makes in memory.
func made() []provision.Kind {
	return []provision.Kind{
		kinds.AlarmKind, kinds.BucketKind, kinds.CacheKind, kinds.CloudControlKind, kinds.DatabaseKind, kinds.FunctionKind,
		kinds.GroupKind, kinds.InstanceKind, kinds.LaunchTemplateKind, kinds.ListenerKind, kinds.LoadBalancerKind, kinds.LogGroupKind,
		kinds.ParameterKind, kinds.QueueKind, kinds.SecurityGroupKind, kinds.ServiceKind, kinds.TableKind, kinds.TargetGroupKind,
		kinds.TaskDefinitionKind, kinds.TopicKind,
	}
}

// looked are those that it looks up.
func looked() []provision.Kind {
	return []provision.Kind{
		kinds.ExistingCertificateKind, kinds.ExistingClusterKind, kinds.ExistingDatabaseKind, kinds.ExistingImageKind,
		kinds.ExistingInstanceProfileKind, kinds.ExistingNetworkKind, kinds.ExistingRoleKind, kinds.ExistingSecretKind,
		kinds.ExistingSnapshotKind,
	}
}
