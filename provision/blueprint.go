package provision

import (
	"fmt"
	"strings"
)

// Kind names what a node is: the service that makes it, a slash, and the thing, such as "sqs/queue".
type Kind string

// Service returns the part before the slash, "sqs".
func (k Kind) Service() string {
	service, _, _ := strings.Cut(string(k), "/")
	return service
}

// Spec describes one resource as plain data: a struct value whose exported fields say what to make. Package kinds has the
// catalogue; a Spec of your own needs a Driver of your own and nothing else.
//
// Fields of type Text and Secret, and slices, maps and nested structs of them, may hold references; fields of every other type are data and
// are taken as they are. A Spec has no unexported fields, functions or channels, because two equal blueprints must have one digest.
type Spec interface {
	// Kind says which driver makes the resource.
	Kind() Kind
	// Outputs lists what State.Outputs will hold once the resource is made. It may depend on the fields of the Spec.
	Outputs() []Output
	// Validate makes the checks that need no other node and no call: ranges, alphabets, required fields. It names the field in
	// the error and joins several errors. A Text may still hold references there; what cannot be known yet is skipped.
	Validate() error
}

// Output is the promise of a Spec that its resource will have a value of that name.
type Output struct {
	Name string // letters, digits, '_', '-' and '.', a letter first; by custom a Go name: URL, PrivateIP
	Type Type
	// Early says that the value is known as soon as Driver.Create returns, so that a node that needs it can start then; the
	// other values are known when Driver.Await returns.
	Early bool
	// Secret says that the value leads to a secret, such as its ARN. It fits only into fields of type Secret.
	Secret bool
	Doc    string // one sentence for people
}

// Node is one resource of a blueprint.
type Node struct {
	Name string // lower-case letters, digits and single '-', a letter first, at most 31 characters
	Spec Spec
	// After names nodes that must be ready before this one starts, where no value says so already.
	After []string
	// Keep makes teardown leave the resource where it is, for data that outlives its environment. Kept resources are listed. What a
	// kept node refers to must be kept as well, or be looked up: a database holds its security group for as long as it is there.
	Keep bool
}

// Entrance is where an environment can be reached.
type Entrance struct {
	// Host is the host name that AWS gave to the entrance, usually a reference such as web.PublicDNS(). Empty means that there is
	// none: a worker.
	Host Text
	// ZoneID is the hosted zone of Host in Route 53, where the service says one, as load balancers do: usually a reference
	// such as lb.ZoneID(). With it the environment's name is an alias of Host, for IPv4 and IPv6, which costs callers one
	// look-up less and may stand at the apex of a zone. Empty means a CNAME.
	ZoneID Text
}

// Blueprint is the resources that a version of an application needs, as data. The zero value is empty and usable. A Blueprint is
// not safe for concurrent change; nothing in this package changes one but Add.
type Blueprint struct {
	Nodes    []Node
	Inputs   map[string]string // values for ${{in.NAME}}
	Entrance Entrance
	// Pins are the choices that look-ups are to repeat, by node: what Engine.Check returned once. They are a part of the digest. Package env
	// keeps them for an environment, so that they need to be given only where a choice is to be the same in several.
	Pins map[string]string
}

// Add appends a node and returns its handle. Options such as After and Keep change the node before it is added. Mistakes (a name
// taken twice, a malformed name) are reported by Validate, so that a blueprint reads as a plain list.
func (b *Blueprint) Add(name string, s Spec, optFns ...func(*Node)) Ref {
	node := Node{Name: name, Spec: s}
	for _, fn := range optFns {
		fn(&node)
	}
	b.Nodes = append(b.Nodes, node)
	return Ref{Name: name}
}

// Ref is the handle of a node. The handles of package kinds embed it and add a method for each output.
type Ref struct {
	Name string
}

// Output returns the reference to an output of the node, "${{jobs.URL}}".
func (r Ref) Output(name string) Text {
	return Text(Reference{Node: r.Name, Output: name}.String())
}

// Secret returns the reference to an output of the node that leads to a secret.
func (r Ref) Secret(name string) Secret { return Secret(r.Output(name)) }

// node makes Ref, and every struct that embeds one, a Handle.
func (r Ref) node() string { return r.Name }

// Handle is a Ref, or a struct that embeds one.
type Handle interface {
	node() string
}

// After is an option of Add: the node starts only when all of these are ready.
func After(handles ...Handle) func(*Node) {
	return func(n *Node) {
		for _, h := range handles {
			n.After = append(n.After, h.node())
		}
	}
}

// Keep is an option of Add: teardown leaves the resource where it is.
func Keep(n *Node) { n.Keep = true }

// longestName is how long the name of a node may be.
const longestName = 31

// checkName returns what is wrong with the name of a node, if anything. The alphabet is the common one of all services, so that a
// node's name can be a part of any resource's name.
func checkName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("a node needs a name")
	case len(name) > longestName:
		return fmt.Errorf("the name %q has %d characters; at most %d are allowed", cutText(name, longestName), len(name), longestName)
	case name[0] < 'a' || name[0] > 'z':
		return fmt.Errorf("the name %q does not begin with a lower-case letter", name)
	case strings.HasSuffix(name, "-") || strings.Contains(name, "--"):
		return fmt.Errorf(`the name %q has a "-" at its end or two in a row`, name)
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return fmt.Errorf("the name %q has %q in it; lower-case letters, digits and '-' are allowed", name, c)
		}
	}
	return nil
}
