package provision

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Document is an IAM policy document. It marshals to what IAM takes.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement is one statement of a [Document]: every action on every resource under all conditions.
type Statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"` // by operator and key
}

// MaxDocument is how many characters IAM takes for a managed policy, blanks not counted (IAM user guide, IAM and STS quotas). Inline
// policies of a role may have 10,240 together, and ten managed policies can be attached to a role unless that quota was raised.
const MaxDocument = 6144

// policyVersion is that of the language; it has not changed since.
const policyVersion = "2012-10-17"

// String returns the document as JSON, indented for people.
func (d Document) String() string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return err.Error() // there is nothing in a document that could not be encoded
	}
	return strings.TrimRight(b.String(), "\n")
}

// Size is how many characters of [MaxDocument] the document has.
func (d Document) Size() int {
	size := 0
	for _, c := range d.String() {
		if !unicode.IsSpace(c) {
			size++
		}
	}
	return size
}

// conditions are those of a statement.
type conditions map[string]map[string][]string

func (c conditions) add(operator, key, value string) {
	if c[operator] == nil {
		c[operator] = map[string][]string{}
	}
	values := c[operator][key]
	if at, there := slices.BinarySearch(values, value); !there {
		c[operator][key] = slices.Insert(values, at, value)
	}
}

// text is the same for equal conditions.
func (c conditions) text() string { return fmt.Sprintf("%q", map[string]map[string][]string(c)) } // fmt sorts maps by their keys

// permissions are what is allowed: by conditions, by action, the resources.
type permissions map[string]*permission

type permission struct {
	name       string // for the Sid
	conditions conditions
	resources  map[string]map[string]bool
}

// add allows an action. An action whose resources are lists that are empty is not needed.
func (p permissions) add(r reach, a Action) error {
	resources, needed, err := r.resources(a)
	if err != nil || !needed {
		return err
	}
	all, err := r.conditions(a)
	if err != nil {
		return err
	}
	name := sid(a, resources)
	key := name + " " + all.text()
	if p[key] == nil {
		p[key] = &permission{name: name, conditions: all, resources: map[string]map[string]bool{}}
	}
	if p[key].resources[a.Name] == nil {
		p[key].resources[a.Name] = map[string]bool{}
	}
	for _, arn := range resources {
		p[key].resources[a.Name][arn] = true
	}
	return nil
}

// sid says in a word what the statements are for that an action goes into. What is allowed on all resources is kept apart.
func sid(a Action, resources []string) string {
	words := []string{map[TagCheck]string{NoTags: "Use", TagsGiven: "Create", TagsThere: "Change"}[a.Tags]}
	if resources[0] == "*" {
		words = append(words, "Any")
	}
	for _, c := range a.When {
		words = append(words, "If", c.Key[strings.LastIndexAny(c.Key, ":/")+1:])
	}
	return strings.Map(func(c rune) rune {
		if c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c)) {
			return c
		}
		return -1
	}, strings.Join(words, ""))
}

// statements writes down what is allowed, in as few statements as allow nothing else: actions of one service share one only if their
// resources are the same, those of different services always, because no action is about the resources of another service.
func (p permissions) statements() []Statement {
	var all []Statement
	numbers := map[string]int{}
	for _, key := range slices.Sorted(maps.Keys(p)) {
		for _, s := range p[key].statements() {
			numbers[s.Sid]++
			if n := numbers[s.Sid]; n > 1 {
				s.Sid += strconv.Itoa(n)
			}
			all = append(all, s)
		}
	}
	return all
}

// between stands between the ARNs of a list. No ARN has it, whereas the key of an object may have blanks.
const between = "\n"

func (p *permission) statements() []Statement {
	// The actions of each service, in groups of the same resources.
	services := map[string]map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(p.resources)) {
		service := Action{Name: name}.service()
		if services[service] == nil {
			services[service] = map[string][]string{}
		}
		same := strings.Join(slices.Sorted(maps.Keys(p.resources[name])), between)
		services[service][same] = append(services[service][same], name)
	}
	var all []Statement
	for _, service := range slices.Sorted(maps.Keys(services)) {
		for i, same := range slices.Sorted(maps.Keys(services[service])) {
			if i == len(all) {
				all = append(all, Statement{Sid: p.name, Effect: "Allow"})
				if len(p.conditions) > 0 {
					all[i].Condition = p.conditions
				}
			}
			all[i].Action = append(all[i].Action, services[service][same]...)
			for arn := range strings.SplitSeq(same, between) {
				if !slices.Contains(all[i].Resource, arn) { // the star is the same for all services
					all[i].Resource = append(all[i].Resource, arn)
				}
			}
		}
	}
	return all
}

// split puts statements into documents that IAM takes, in their order.
func split(statements []Statement) ([]Document, error) {
	var documents []Document
	for _, s := range statements {
		parts, err := fitting(s)
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			if n := len(documents); n > 0 {
				longer := Document{policyVersion, append(slices.Clip(documents[n-1].Statement), part)}
				if longer.Size() <= MaxDocument {
					documents[n-1] = longer
					continue
				}
			}
			documents = append(documents, Document{policyVersion, []Statement{part}})
		}
	}
	return documents, nil
}

// fitting cuts a statement in parts that each fit into a document.
func fitting(s Statement) ([]Statement, error) {
	alone := Document{policyVersion, []Statement{s}}
	if alone.Size() <= MaxDocument {
		return []Statement{s}, nil
	}
	if len(s.Action) == 1 {
		return nil, fmt.Errorf("provision: the statement for %s alone has %d characters, and IAM takes %d: name fewer resources",
			s.Action[0], alone.Size(), MaxDocument)
	}
	half := len(s.Action) / 2
	var all []Statement
	for i, actions := range [][]string{s.Action[:half], s.Action[half:]} {
		part := s
		part.Sid += string(rune('A' + i))
		part.Action = actions
		parts, err := fitting(part)
		if err != nil {
			return nil, err
		}
		all = append(all, parts...)
	}
	return all, nil
}
