package ecstest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// Revision is a task definition as it is at one moment, for tests to look at.
type Revision struct {
	// Region, ARN and Family of the task definition.
	Region, ARN, Family string
	// Number of the revision in its family, from 1.
	Number int
	// Status is ACTIVE, INACTIVE or DELETE_IN_PROGRESS.
	Status string
	// Tags of the revision.
	Tags map[string]string
}

// Service is a service as it is at one moment, for tests to look at.
type Service struct {
	// Region, ARN and Name of the service.
	Region, ARN, Name string
	// Cluster is the ARN of its cluster, TaskDefinition that of what it runs.
	Cluster, TaskDefinition string
	// Status is ACTIVE, DRAINING or INACTIVE.
	Status string
	// Desired is how many tasks are wanted.
	Desired int
	// Tags of the service.
	Tags map[string]string
}

// AddCluster makes a cluster in the region of the cloud and returns its ARN. It is no call: nothing is recorded, and no
// fault strikes. A name that ECS would refuse is an error.
func (e *ECS) AddCluster(name string) (arn string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c, err := e.addCluster(e.cloud.Options().Region, name)
	if err != nil {
		return "", err
	}
	return c.arn, nil
}

// BreakImage makes the tasks of deployments that begin from now on fail to start, for that reason, if a container of theirs is of that
// image. Without a reason it is whole again.
func (e *ECS) BreakImage(image, reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if reason == "" {
		delete(e.broken, image)
		return
	}
	e.broken[image] = reason
}

// Revisions returns all task definitions of all regions that are not purged, in the order of regions, families and numbers. It
// is no call: nothing is recorded, and no fault strikes.
func (e *ECS) Revisions() []Revision {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []Revision
	for k, f := range e.families {
		for _, r := range f.revisions {
			if !e.purged(r) {
				all = append(all, Revision{
					Region: k.region, ARN: aws.ToString(r.TaskDefinitionArn), Family: f.name,
					Number: int(r.Revision), Status: string(r.Status), Tags: taglist.Map(r.tags, pair),
				})
			}
		}
	}
	slices.SortFunc(all, func(a, b Revision) int {
		return cmp.Or(strings.Compare(a.Region, b.Region), strings.Compare(a.Family, b.Family), cmp.Compare(a.Number, b.Number))
	})
	return all
}

// Services returns all services of all clusters, INACTIVE ones too, in the order of their ARNs. It is no call: nothing is recorded,
// and no fault strikes.
func (e *ECS) Services() []Service {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.settle()
	var all []Service
	for _, c := range e.clusters {
		for _, s := range c.services {
			all = append(all, Service{
				Region: c.region, ARN: s.arn, Name: s.name, Cluster: c.arn,
				TaskDefinition: aws.ToString(s.task.TaskDefinitionArn),
				Status:         e.status(s), Desired: int(aws.ToInt32(s.in.DesiredCount)), Tags: taglist.Map(s.in.Tags, pair),
			})
		}
	}
	slices.SortFunc(all, func(a, b Service) int { return strings.Compare(a.ARN, b.ARN) })
	return all
}
