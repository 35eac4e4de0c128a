package ecstest

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// cluster is an ACTIVE cluster with its services by name.
type cluster struct {
	region, name, arn string
	services          map[string]*service
	tokens            map[string]*ecs.CreateServiceInput // what each client token was used for
	inactive          bool                               // deleted, and still shown
}

// resourceName is the alphabet of clusters, families and services (API reference).
var resourceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// defaultCluster is meant by a call that names none.
const defaultCluster = "default"

func (e *ECS) addCluster(region, name string) (*cluster, error) {
	if !resourceName.MatchString(name) {
		return nil, invalid("Cluster names can contain only letters, numbers, hyphens and underscores.")
	}
	k := key{region, name}
	if c := e.clusters[k]; c == nil || c.inactive {
		e.clusters[k] = &cluster{
			region: region, name: name, arn: e.arn(region, "cluster/"+name),
			services: map[string]*service{}, tokens: map[string]*ecs.CreateServiceInput{},
		}
	}
	return e.clusters[k], nil
}

func (e *ECS) createCluster(region string, in *ecs.CreateClusterInput) (*ecs.CreateClusterOutput, error) {
	c, err := e.addCluster(region, cmp.Or(aws.ToString(in.ClusterName), defaultCluster))
	if err != nil {
		return nil, err
	}
	return &ecs.CreateClusterOutput{Cluster: c.describe()}, nil
}

func (e *ECS) deleteCluster(region string, in *ecs.DeleteClusterInput) (*ecs.DeleteClusterOutput, error) {
	c, err := e.cluster(region, in.Cluster)
	if err != nil {
		return nil, err
	}
	for _, s := range c.services {
		if e.status(s) != inactive {
			return nil, &types.ClusterContainsServicesException{Message: aws.String("The Cluster cannot be deleted while Services are active.")}
		}
	}
	c.inactive = true
	return &ecs.DeleteClusterOutput{Cluster: c.describe()}, nil
}

func (e *ECS) listClusters(region string, in *ecs.ListClustersInput) (*ecs.ListClustersOutput, error) {
	var arns []string
	for k, c := range e.clusters {
		if k.region == region && !c.inactive {
			arns = append(arns, c.arn)
		}
	}
	slices.Sort(arns)
	page, next, err := e.page(arns, in.NextToken, in.MaxResults)
	return &ecs.ListClustersOutput{ClusterArns: page, NextToken: next}, err
}

// describeClusters tells of clusters that are not there as failures, and shows those that were deleted as INACTIVE.
func (e *ECS) describeClusters(region string, in *ecs.DescribeClustersInput) (*ecs.DescribeClustersOutput, error) {
	asked := in.Clusters
	switch {
	case len(asked) > maxClusters:
		return nil, invalid("Clusters cannot have more than %d elements.", maxClusters)
	case len(asked) == 0:
		asked = []string{defaultCluster}
	}
	out := &ecs.DescribeClustersOutput{}
	for _, ref := range asked {
		name := e.clusterName(region, &ref)
		if c := e.clusters[key{region, name}]; c != nil {
			out.Clusters = append(out.Clusters, *c.describe())
			continue
		}
		if !strings.HasPrefix(ref, "arn:") {
			ref = e.arn(region, "cluster/"+name)
		}
		out.Failures = append(out.Failures, types.Failure{Arn: aws.String(ref), Reason: aws.String("MISSING")})
	}
	return out, nil
}

// maxClusters is the most that DescribeClusters takes at a time.
const maxClusters = 100

// clusterName returns the name in a name or ARN.
func (e *ECS) clusterName(region string, ref *string) string {
	return strings.TrimPrefix(cmp.Or(aws.ToString(ref), defaultCluster), e.arn(region, "cluster/"))
}

// cluster returns a cluster by its name or ARN.
func (e *ECS) cluster(region string, ref *string) (*cluster, error) {
	name := e.clusterName(region, ref)
	c := e.clusters[key{region, name}]
	if c == nil || c.inactive {
		return nil, &types.ClusterNotFoundException{Message: aws.String("Cluster not found.")}
	}
	return c, nil
}

func (c *cluster) describe() *types.Cluster {
	status := "ACTIVE"
	if c.inactive {
		status = "INACTIVE"
	}
	return &types.Cluster{ClusterName: aws.String(c.name), ClusterArn: aws.String(c.arn), Status: aws.String(status)}
}

// sorted returns the services of a cluster in the order of their names.
func (c *cluster) sorted() []*service {
	var all []*service
	for _, name := range slices.Sorted(maps.Keys(c.services)) {
		all = append(all, c.services[name])
	}
	return all
}
