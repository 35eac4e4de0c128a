package kinds

import (
	"regexp"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ExistingClusterKind is the kind of an [ExistingCluster].
const ExistingClusterKind provision.Kind = "ecs/existing-cluster"

// An ExistingCluster is an Amazon ECS cluster that is there already and ACTIVE. It is looked up before anything is made, and never changed
// or deleted. Name leaves no choice, so nothing is pinned.
//
//	cluster := kinds.AddExistingCluster(&b, "cluster", kinds.ExistingCluster{Name: "production"})
//	kinds.AddService(&b, "web", kinds.Service{Cluster: cluster.ARN(), TaskDefinition: task.ARN(), Subnets: subnets})
type ExistingCluster struct {
	// Name of the cluster, or its ARN, in the account and region of the environment. Required.
	Name provision.Text
}

// existingClusterName is a name or an ARN (ECS API reference, CreateCluster).
var existingClusterName = regexp.MustCompile(`^(arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:cluster/)?[A-Za-z0-9_-]{1,255}$`)

// Kind returns [ExistingClusterKind].
func (ExistingCluster) Kind() provision.Kind { return ExistingClusterKind }

// Existing says that a cluster is looked up and not made.
func (ExistingCluster) Existing() {}

// Outputs of a cluster.
func (ExistingCluster) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the cluster's name"},
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the cluster's ARN"},
	}
}

// Validate checks the form of the name, if it is known.
func (c ExistingCluster) Validate() error {
	var p problems
	p.required("Name", c.Name)
	if text, ok := literal(c.Name); ok && text != "" && !existingClusterName.MatchString(text) {
		p.addf("Name", "%q is neither the name of a cluster, up to 255 letters, digits, - and _, nor the ARN of one", text)
	}
	return p.err()
}

// ExistingClusterRef is the handle of an [ExistingCluster] in a blueprint.
type ExistingClusterRef struct{ provision.Ref }

// AddExistingCluster adds the look-up of a cluster to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddExistingCluster(b *provision.Blueprint, name string, c ExistingCluster, optFns ...func(*provision.Node)) ExistingClusterRef {
	return ExistingClusterRef{b.Add(name, c, optFns...)}
}

// Name is the cluster's name, for [Service.Cluster]. It is known before anything is made, as is the ARN.
func (r ExistingClusterRef) Name() provision.Text { return r.Output("Name") }

// ARN is the cluster's ARN, for [Service.Cluster].
func (r ExistingClusterRef) ARN() provision.Text { return r.Output("ARN") }
