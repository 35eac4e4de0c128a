package kinds

import (
	"strings"
	"unicode/utf8"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ParameterKind is the kind of a [Parameter].
const ParameterKind provision.Kind = "ssm/parameter"

// A Parameter is a parameter of the Parameter Store of AWS Systems Manager, for programs that look their settings up there.
// Either Value or Values is required. Its name is a path, /peppercorn/ and the name that an environment's resources have.
//
// It is no place for secrets, and cannot be made one: there is no field for the type SecureString, because the value of a
// parameter is part of the blueprint. A secret stays where it is, and a blueprint refers to it by its ARN.
type Parameter struct {
	// Value makes a parameter of type String: up to 4,096 bytes, 8,192 if Advanced. It may not hold two opening braces in a
	// row, which Parameter Store keeps to itself.
	Value provision.Text
	// Values makes a parameter of type StringList, whose items are joined by commas: none may be empty or hold one. A
	// list output of another node can be an item, and becomes as many as it has. The limits are those of Value.
	Values []provision.Text
	// Description says what the parameter is for: up to 1,024 characters. Default: none.
	Description string
	// Advanced makes a parameter of the advanced tier, which has room for 8,192 bytes, at a price. Default: the standard
	// tier, at no charge, whatever the account's default is.
	Advanced bool
}

// Bounds of a parameter (Systems Manager API reference, PutParameter).
const (
	maxParameterBytes         = 4096
	maxParameterAdvancedBytes = 8192
	maxParameterDescription   = 1024
)

// Private returns the value, which no error repeats.
func (x Parameter) Private() []string { return append(privateTree(x.Values), string(x.Value)) }

// Kind returns [ParameterKind].
func (Parameter) Kind() provision.Kind { return ParameterKind }

// Outputs of a parameter.
func (Parameter) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the parameter's whole name, a path, for whoever reads it"},
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the parameter's ARN, for policies"},
	}
}

// Validate checks the value as far as it is known, and the lengths. It returns every problem, joined.
func (x Parameter) Validate() error {
	var p problems
	switch {
	case x.Value == "" && len(x.Values) == 0:
		p.addf("Value", "is missing, and so is Values; Parameter Store has no empty parameters")
	case x.Value != "" && len(x.Values) > 0:
		p.addf("Values", "is set, and Value is too; a parameter has one or the other")
	}
	size := x.checkText(&p, "Value", x.Value)
	for i, item := range x.Values {
		field := indexed("Values", i)
		p.required(field, item)
		if text, ok := literal(item); ok && strings.Contains(text, ",") {
			p.addf(field, "has a comma in it, which separates the items of a list")
		}
		size += x.checkText(&p, field, item)
		if i > 0 {
			size += len(",")
		}
	}
	if most := x.maxBytes(); size > most {
		field := "Value"
		if len(x.Values) > 0 {
			field = "Values"
		}
		p.addf(field, "%d bytes are too many, at most %d are allowed (%d if Advanced)", size, most, maxParameterAdvancedBytes)
	}
	if n := utf8.RuneCountInString(x.Description); n > maxParameterDescription {
		p.addf("Description", "%d characters are too many, at most %d are allowed", n, maxParameterDescription)
	}
	return p.err()
}

// checkText checks one text of the value, and returns how many bytes it has for certain.
func (x Parameter) checkText(p *problems, field string, t provision.Text) int {
	refs, err := t.References()
	if err != nil || len(refs) > 0 {
		return 0 // what it will be is not known yet, and what is not well formed the blueprint reports
	}
	text := strings.ReplaceAll(string(t), "$${{", "${{") // as it is once it is resolved
	if strings.Contains(text, "{{") {
		p.addf(field, "has {{ in it, which Parameter Store keeps to itself")
	}
	return len(text)
}

func (x Parameter) maxBytes() int {
	if x.Advanced {
		return maxParameterAdvancedBytes
	}
	return maxParameterBytes
}

// ParameterRef is the handle of a [Parameter] in a blueprint.
type ParameterRef struct{ provision.Ref }

// AddParameter adds a parameter to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddParameter(b *provision.Blueprint, name string, p Parameter, optFns ...func(*provision.Node)) ParameterRef {
	return ParameterRef{b.Add(name, p, optFns...)}
}

// Name is the parameter's whole name, a path, for whoever reads it. Known at once.
func (r ParameterRef) Name() provision.Text { return r.Output("Name") }

// ARN is the parameter's ARN, for policies. Known at once.
func (r ParameterRef) ARN() provision.Text { return r.Output("ARN") }
