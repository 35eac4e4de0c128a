package cctest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Resource is a resource as it is at one moment, for tests to look at. It shares nothing with the service.
type Resource struct {
	// Region, Type, Identifier and Name of the resource; Name is empty for types without names.
	Region, Type, Identifier, Name string
	// Properties are what GetResource would answer.
	Properties map[string]any
	// Tags of the resource, in one form for all types.
	Tags map[string]string
	// Created is when the request was made that makes it.
	Created time.Time
	// Busy is true while a request makes or removes it.
	Busy bool
}

// Resources returns all resources of all regions that are not gone, also those that cannot be seen yet, in the order of
// regions, types and identifiers. It is no call: nothing is recorded, and no fault strikes.
func (s *CloudControl) Resources() []Resource {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(time.Now())
	var all []Resource
	for _, r := range s.resources {
		all = append(all, r.snapshot())
	}
	slices.SortFunc(all, func(a, b Resource) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Identifier, b.Identifier))
	})
	return all
}

func (r *resource) snapshot() Resource {
	tags, _ := r.typ.tags(r.properties[r.typ.TagsProperty])
	return Resource{
		Region: r.region, Type: r.typ.Name, Identifier: r.identifier, Name: r.name,
		Properties: sim.Clone(r.properties), Tags: tags, Created: r.created, Busy: r.busy,
	}
}

// AddResource makes a resource by somebody else's hand, in the region of the cloud: no call is recorded, no fault strikes, and it can
// be seen at once. It refuses what the handler would refuse.
func (s *CloudControl) AddResource(typeName string, properties map[string]any) (Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(time.Now())
	t, ok := s.types[typeName]
	if !ok {
		return Resource{}, typeNotFound(typeName)
	}
	if problem := t.check(properties); problem != "" {
		return Resource{}, fmt.Errorf("cctest: adding a resource of type %s: %s", typeName, problem)
	}
	made := s.build(s.cloud.Options().Region, t, sim.Clone(properties))
	if s.taken(made) {
		return Resource{}, fmt.Errorf("cctest: there is a %s %s already", typeName, made.identifier)
	}
	made.created = time.Now()
	s.resources = append(s.resources, made)
	return made.snapshot(), nil
}

// Vanish removes a resource at once, as if somebody had deleted it by hand.
func (s *CloudControl) Vanish(typeName, identifier string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resources = slices.DeleteFunc(s.resources, func(r *resource) bool {
		return r.typ.Name == typeName && r.identifier == identifier
	})
}

// Failure is what goes wrong in a handler.
type Failure struct {
	Type      string          // of the resource
	Operation types.Operation // CREATE or DELETE
	Code      types.HandlerErrorCode
	Message   string
	// Half makes a create leave behind what it has made.
	Half bool
	// Times that it goes wrong; 0 means once.
	Times int
}

// Fail makes the next requests that f is for fail.
func (s *CloudControl) Fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Times = max(f.Times, 1)
	s.failures = append(s.failures, &f)
}

func (s *CloudControl) failure(typeName string, operation types.Operation) *Failure {
	for _, f := range s.failures {
		if f.Times > 0 && f.Type == typeName && f.Operation == operation {
			f.Times--
			return f
		}
	}
	return nil
}

// Block makes every deletion of a resource fail, because something needs it; an empty text takes that back.
func (s *CloudControl) Block(typeName, identifier, by string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocked[typeName+"/"+identifier] = by
}

// Impatient returns how many questions about a request came before the time that the answer to the question before had
// named. It tells askers from one another as little as AWS does, so it means something only where there is one.
func (s *CloudControl) Impatient() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.early
}
