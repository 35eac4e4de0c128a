package cctest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
)

// listPage is how many resources are listed at a time.
const listPage = 100

// resource exists from the request that makes it to the end of the request that removes it.
type resource struct {
	region, identifier, name string
	typ                      Type
	properties               map[string]any
	created, visible         time.Time
	busy                     bool // a request is working on it
}

func (s *CloudControl) createResource(region string, in *cloudcontrol.CreateResourceInput, now time.Time) (
	*cloudcontrol.CreateResourceOutput, error,
) {
	t, ok := s.types[aws.ToString(in.TypeName)]
	if !ok {
		return nil, typeNotFound(aws.ToString(in.TypeName))
	}
	var properties map[string]any
	if err := json.Unmarshal([]byte(aws.ToString(in.DesiredState)), &properties); err != nil || properties == nil {
		return nil, invalidRequest("DesiredState is not a JSON object")
	}
	parameters := "create " + t.Name + " " + aws.ToString(in.DesiredState)
	old, err := s.repeated(region, in.ClientToken, parameters, now)
	if err != nil {
		return nil, err
	}
	if old == nil {
		old = s.create(region, t, properties, now)
		old.clientToken, old.parameters = aws.ToString(in.ClientToken), parameters
	}
	return &cloudcontrol.CreateResourceOutput{ProgressEvent: s.event(old, now)}, nil
}

// create makes the request, and what it will make.
func (s *CloudControl) create(region string, t Type, properties map[string]any, now time.Time) *request {
	r := &request{region: region, typeName: t.Name, operation: types.OperationCreate, late: t.Late}
	made := s.build(region, t, properties)
	switch failure := s.failure(t.Name, types.OperationCreate); {
	case failure != nil:
		r.code, r.message = failure.Code, failure.Message
		if !failure.Half {
			return s.add(r, now, s.opts.Make)
		}
	case t.check(properties) != "":
		r.code, r.message = types.HandlerErrorCodeInvalidRequest, t.check(properties)
		return s.add(r, now, s.opts.Start)
	case s.taken(made) && t.Sharing:
		r.identifier = made.identifier
		return s.add(r, now, s.opts.Make)
	case s.taken(made):
		r.code, r.identifier = types.HandlerErrorCodeAlreadyExists, made.identifier
		r.message = fmt.Sprintf("Resource of type '%s' with identifier '%s' already exists.", t.Name, made.identifier)
		return s.add(r, now, s.opts.Start)
	}
	made.created, made.visible, made.busy = now, now.Add(s.opts.Make+s.opts.Gap), true
	if t.Bare {
		made.visible = now
	}
	r.subject, r.identifier = made, made.identifier
	s.resources = append(s.resources, made)
	return s.add(r, now, s.opts.Make)
}

// build makes the resource that the properties describe.
func (s *CloudControl) build(region string, t Type, properties map[string]any) *resource {
	s.made++
	id := strconv.Itoa(s.made)
	made := &resource{region: region, typ: t, properties: maps.Clone(properties)}
	if made.properties == nil {
		made.properties = map[string]any{}
	}
	if t.NameProperty != "" {
		made.name, _ = properties[t.NameProperty].(string)
		if made.name == "" {
			made.name = "made-up-" + id
			made.properties[t.NameProperty] = made.name
		}
	}
	fill := strings.NewReplacer("{region}", region, "{account}", s.cloud.Options().Account, "{name}", made.name, "{id}", id)
	for name, value := range t.ReadOnly {
		if text, ok := value.(string); ok {
			value = fill.Replace(text)
		}
		made.properties[name] = value
	}
	var parts []string
	for _, name := range t.Identifier {
		parts = append(parts, fmt.Sprint(made.properties[name]))
	}
	made.identifier = strings.Join(parts, "|")
	return made
}

// taken reports whether there is a resource that the new one cannot be beside.
func (s *CloudControl) taken(made *resource) bool {
	return slices.ContainsFunc(s.resources, func(r *resource) bool {
		return r.region == made.region && r.typ.Name == made.typ.Name && r.identifier == made.identifier
	})
}

// at returns the resource that type and identifier mean, if it can be seen.
func (s *CloudControl) at(region string, typeName, identifier *string, now time.Time) (*resource, error) {
	t, ok := s.types[aws.ToString(typeName)]
	if !ok {
		return nil, typeNotFound(aws.ToString(typeName))
	}
	for _, r := range s.resources {
		if r.region == region && r.typ.Name == t.Name && r.identifier == aws.ToString(identifier) && !now.Before(r.visible) {
			return r, nil
		}
	}
	return nil, notFound(t.Name, aws.ToString(identifier))
}

func (s *CloudControl) deleteResource(region string, in *cloudcontrol.DeleteResourceInput, now time.Time) (
	*cloudcontrol.DeleteResourceOutput, error,
) {
	parameters := "delete " + aws.ToString(in.TypeName) + " " + aws.ToString(in.Identifier)
	old, err := s.repeated(region, in.ClientToken, parameters, now)
	if err != nil {
		return nil, err
	}
	if old == nil {
		there, err := s.at(region, in.TypeName, in.Identifier, now)
		if err != nil {
			return nil, err
		}
		if there.busy {
			return nil, concurrent(there.typ.Name, there.identifier)
		}
		old = s.remove(there, now)
		old.clientToken, old.parameters = aws.ToString(in.ClientToken), parameters
	}
	return &cloudcontrol.DeleteResourceOutput{ProgressEvent: s.event(old, now)}, nil
}

// remove makes the request to delete.
func (s *CloudControl) remove(there *resource, now time.Time) *request {
	r := &request{
		region: there.region, typeName: there.typ.Name, operation: types.OperationDelete, identifier: there.identifier,
	}
	if failure := s.failure(there.typ.Name, types.OperationDelete); failure != nil {
		r.code, r.message = failure.Code, failure.Message
		return s.add(r, now, s.opts.Start)
	}
	if by := s.blocked[there.typ.Name+"/"+there.identifier]; by != "" {
		r.code, r.message = types.HandlerErrorCodeResourceConflict, by
		return s.add(r, now, s.opts.Start)
	}
	r.subject, there.busy = there, true
	return s.add(r, now, s.opts.Remove)
}

func (s *CloudControl) getResource(region string, in *cloudcontrol.GetResourceInput, now time.Time) (
	*cloudcontrol.GetResourceOutput, error,
) {
	r, err := s.at(region, in.TypeName, in.Identifier, now)
	if err != nil {
		return nil, err
	}
	return &cloudcontrol.GetResourceOutput{TypeName: in.TypeName, ResourceDescription: r.describe(true)}, nil
}

// describe writes the resource down, whole or with the properties of its identifier only.
func (r *resource) describe(whole bool) *types.ResourceDescription {
	properties := map[string]any{}
	for name, value := range r.properties {
		if name == r.typ.TagsProperty && r.typ.Bare && r.busy {
			continue
		}
		if whole || slices.Contains(r.typ.Identifier, name) {
			properties[name] = value
		}
	}
	document, err := json.Marshal(properties)
	if err != nil {
		document = []byte("{}") // it was JSON, or made by build
	}
	return &types.ResourceDescription{Identifier: aws.String(r.identifier), Properties: aws.String(string(document))}
}

func (s *CloudControl) listResources(region string, in *cloudcontrol.ListResourcesInput, now time.Time) (
	*cloudcontrol.ListResourcesOutput, error,
) {
	t, ok := s.types[aws.ToString(in.TypeName)]
	switch {
	case !ok:
		return nil, typeNotFound(aws.ToString(in.TypeName))
	case t.Unlistable:
		return nil, unsupported(t.Name, "LIST")
	}
	var all []types.ResourceDescription
	for _, r := range s.resources {
		if r.region == region && r.typ.Name == t.Name && !now.Before(r.visible) {
			all = append(all, *r.describe(t.Whole))
		}
	}
	from, to, next, err := s.page(len(all), listPage, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &cloudcontrol.ListResourcesOutput{TypeName: in.TypeName, ResourceDescriptions: all[from:to], NextToken: next}, nil
}

// page cuts a listing of n items. The token is the number of the first item of the page.
func (s *CloudControl) page(n, limit int, token *string) (from, to int, next *string, err error) {
	if size := s.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	if aws.ToString(token) != "" {
		if from, err = strconv.Atoi(*token); err != nil || from < 0 {
			return 0, 0, nil, invalidRequest("Invalid NextToken")
		}
	}
	from = min(from, n)
	to = min(from+limit, n)
	if to < n {
		next = aws.String(strconv.Itoa(to))
	}
	return from, to, next, nil
}
