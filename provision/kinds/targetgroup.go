package kinds

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
)

// TargetGroupKind is the kind of a [TargetGroup].
const TargetGroupKind provision.Kind = "elbv2/target-group"

// A TargetGroup is what a load balancer sends traffic to, and how it finds out who of it is well. Port and VPC are
// required, but for functions. Who is in it is up to what runs there, such as an Auto Scaling group or an ECS service, which
// are given its ARN.
//
// A target group serves one load balancer.
type TargetGroup struct {
	// TargetType is what the targets are: "instance", "ip", "lambda" (one function) or "alb" (one application balancer
	// behind a network balancer). ECS on Fargate needs "ip". Default "instance".
	TargetType string
	// Protocol that the targets speak: "HTTP" or "HTTPS" behind an application balancer, "TCP", "TLS", "UDP" or "TCP_UDP"
	// behind a network balancer. Default "TCP" for TargetType "alb", none for "lambda", otherwise "HTTP".
	Protocol string
	// ProtocolVersion of HTTP and HTTPS: "HTTP1", "HTTP2" or "GRPC". Default "HTTP1".
	ProtocolVersion string
	// Port that the targets listen on, 1 to 65,535. Required, but for functions, which have none.
	Port int
	// VPC is the id of the VPC (vpc-...) of the targets. Required, but for functions, which have none.
	VPC provision.Text
	// HealthCheck says how the balancer finds out who of the targets is well. Default: as AWS does it, see [HealthCheck].
	HealthCheck HealthCheck
	// DeregistrationDelay is how long a target that leaves the group may finish what it is doing: whole seconds up to an
	// hour. Not for functions. Default 5 minutes.
	DeregistrationDelay time.Duration
	// Stickiness keeps a client with one target for as long, by a cookie of the balancer's: whole seconds up to 7 days. HTTP
	// and HTTPS only. Default: none.
	Stickiness time.Duration
	// SlowStart is how long a new target is given less than its share of the requests: whole seconds, 30 to 900 of them.
	// HTTP and HTTPS only. Default: none.
	SlowStart time.Duration
}

// A HealthCheck asks every target of a group, again and again, whether it is well. The zero value is AWS's default: for
// HTTP groups a GET of / on the traffic port that answers 200, every 30 seconds; for others a TCP connection.
type HealthCheck struct {
	// Protocol of the check: "HTTP", "HTTPS" or "TCP"; "TCP" is for groups of network balancers. Default: HTTP for HTTP and
	// HTTPS groups, TCP for the others.
	Protocol string
	// Path to ask for, or the gRPC method: up to 1,024 characters, "/" first. HTTP and HTTPS checks only. Default "/".
	Path string
	// Matcher says which answers are good: HTTP codes such as "200", "200,204" or "200-299", for GRPC its codes, "0" to
	// "99". HTTP and HTTPS checks only. Default "200"; behind a network balancer "200-399"; for GRPC "12".
	Matcher string
	// Port to ask, 1 to 65,535. Default: the one that the traffic goes to.
	Port int
	// Interval between two checks of a target: whole seconds, 5 to 300 of them. Default 30 seconds.
	Interval time.Duration
	// Timeout after which no answer is a bad one: whole seconds, 2 to 120 of them, less than Interval. Default 5 or 10
	// seconds, depending on the protocol.
	Timeout time.Duration
	// Healthy is how many good answers in a row make a target healthy, 2 to 10. Default 5. With 2, and an Interval of 10
	// seconds, a new target gets traffic after 20 seconds instead of 150.
	Healthy int
	// Unhealthy is how many bad answers in a row make a target unhealthy, 2 to 10. Default 2.
	Unhealthy int
}

// Bounds of a target group (Elastic Load Balancing API reference, CreateTargetGroup and TargetGroupAttribute).
const (
	maxDeregistration = time.Hour
	maxStickiness     = 7 * 24 * time.Hour
	minSlowStart      = 30 * time.Second
	maxSlowStart      = 900 * time.Second
	minInterval       = 5 * time.Second
	maxInterval       = 300 * time.Second
	minTimeout        = 2 * time.Second
	maxTimeout        = 120 * time.Second
	minThreshold      = 2
	maxThreshold      = 10
	maxHealthPath     = 1024
)

var (
	targetTypes      = []string{"instance", "ip", "lambda", "alb"}
	httpProtocols    = []string{"HTTP", "HTTPS"}
	networkProtocols = []string{"TCP", "TLS", "UDP", "TCP_UDP"}
	protocolVersions = []string{"HTTP1", "HTTP2", "GRPC"}
	checkProtocols   = []string{"HTTP", "HTTPS", "TCP"}

	httpCodes = regexp.MustCompile(`^[2-5]\d\d([,-][2-5]\d\d)*$`)
	grpcCodes = regexp.MustCompile(`^\d\d?([,-]\d\d?)*$`)
)

// EffectiveType returns TargetType with its default filled in.
func (g TargetGroup) EffectiveType() string {
	if g.TargetType == "" {
		return "instance"
	}
	return g.TargetType
}

// EffectiveProtocol returns Protocol with its default filled in; "" for a function.
func (g TargetGroup) EffectiveProtocol() string {
	switch {
	case g.Protocol != "":
		return g.Protocol
	case g.TargetType == "lambda":
		return ""
	case g.TargetType == "alb":
		return "TCP"
	}
	return "HTTP"
}

// IsHTTP reports whether the targets speak HTTP or HTTPS, so that the group is one for application balancers.
func (g TargetGroup) IsHTTP() bool { return slices.Contains(httpProtocols, g.EffectiveProtocol()) }

// EffectiveProtocol returns the protocol of a health check of g, with its default filled in; "" for a function.
func (h HealthCheck) EffectiveProtocol(g TargetGroup) string {
	switch {
	case h.Protocol != "":
		return h.Protocol
	case g.TargetType == "lambda":
		return ""
	case g.IsHTTP(), g.TargetType == "alb":
		return "HTTP"
	}
	return "TCP"
}

// Kind returns [TargetGroupKind].
func (TargetGroup) Kind() provision.Kind { return TargetGroupKind }

// Outputs of a target group. All are known at once.
func (TargetGroup) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the group's ARN, for listeners and for whoever registers targets"},
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the group's name"},
		{Name: "FullName", Type: provision.TextType, Early: true, Doc: "what CloudWatch calls it: the end of the ARN, targetgroup/..."},
	}
}

// Validate checks words, ranges, and which fields go together. It returns every problem, joined.
func (g TargetGroup) Validate() error {
	var p problems
	p.oneOf("TargetType", g.TargetType, targetTypes)
	p.oneOf("Protocol", g.Protocol, append(slices.Clone(httpProtocols), networkProtocols...))
	if g.TargetType == "lambda" {
		g.checkFunction(&p)
	} else {
		g.checkServer(&p)
	}
	if g.ProtocolVersion != "" && !g.IsHTTP() {
		p.addf("ProtocolVersion", "only HTTP and HTTPS have it")
	}
	p.oneOf("ProtocolVersion", g.ProtocolVersion, protocolVersions)
	p.seconds("DeregistrationDelay", g.DeregistrationDelay, time.Second, maxDeregistration)
	if g.Stickiness != 0 && !g.IsHTTP() {
		p.addf("Stickiness", "only HTTP and HTTPS have it")
	}
	p.seconds("Stickiness", g.Stickiness, time.Second, maxStickiness)
	if g.SlowStart != 0 && !g.IsHTTP() {
		p.addf("SlowStart", "only HTTP and HTTPS have it")
	}
	p.seconds("SlowStart", g.SlowStart, minSlowStart, maxSlowStart)
	g.HealthCheck.check(&p, g)
	return p.err()
}

// checkFunction refuses what a function does not have.
func (g TargetGroup) checkFunction(p *problems) {
	if g.Protocol != "" {
		p.addf("Protocol", "a function has none")
	}
	if g.Port != 0 {
		p.addf("Port", "a function has none")
	}
	if g.VPC != "" {
		p.addf("VPC", "a function has none")
	}
	if g.DeregistrationDelay != 0 {
		p.addf("DeregistrationDelay", "a function has none")
	}
	if g.HealthCheck != (HealthCheck{}) {
		p.addf("HealthCheck", "a function is not checked")
	}
}

func (g TargetGroup) checkServer(p *problems) {
	if g.TargetType == "alb" && g.EffectiveProtocol() != "TCP" {
		p.addf("Protocol", "%q will not do, an application load balancer as target is spoken to by TCP", g.Protocol)
	}
	switch {
	case g.Port == 0:
		p.addf("Port", "is missing")
	default:
		p.port("Port", g.Port)
	}
	p.required("VPC", g.VPC)
	p.id("VPC", g.VPC, "vpc-")
}

func (h HealthCheck) check(p *problems, g TargetGroup) {
	protocol := h.EffectiveProtocol(g)
	p.oneOf("HealthCheck.Protocol", h.Protocol, checkProtocols)
	if protocol == "TCP" {
		if g.IsHTTP() {
			p.addf("HealthCheck.Protocol", "TCP is not for groups that speak HTTP or HTTPS")
		}
		if h.Path != "" {
			p.addf("HealthCheck.Path", "a check by TCP has none")
		}
		if h.Matcher != "" {
			p.addf("HealthCheck.Matcher", "a check by TCP has none")
		}
	}
	if h.Path != "" && (!strings.HasPrefix(h.Path, "/") || len(h.Path) > maxHealthPath) {
		p.addf("HealthCheck.Path", `must begin with "/" and have at most %d characters`, maxHealthPath)
	}
	codes, example := httpCodes, `"200", "200,204" or "200-299"`
	if g.ProtocolVersion == "GRPC" {
		codes, example = grpcCodes, `"0", "0,12" or "0-99"`
	}
	if h.Matcher != "" && !codes.MatchString(h.Matcher) {
		p.addf("HealthCheck.Matcher", "%q does not look like %s", h.Matcher, example)
	}
	p.port("HealthCheck.Port", h.Port)
	p.seconds("HealthCheck.Interval", h.Interval, minInterval, maxInterval)
	p.seconds("HealthCheck.Timeout", h.Timeout, minTimeout, maxTimeout)
	if h.Timeout != 0 && h.Interval != 0 && h.Timeout >= h.Interval {
		p.addf("HealthCheck.Timeout", "%v is not less than the interval, %v", h.Timeout, h.Interval)
	}
	p.threshold("HealthCheck.Healthy", h.Healthy)
	p.threshold("HealthCheck.Unhealthy", h.Unhealthy)
}

// oneOf checks a word against those that are known. The empty one means the default and is always right.
func (p *problems) oneOf(field, word string, known []string) {
	if word != "" && !slices.Contains(known, word) {
		p.addf(field, "%q is none of %s", word, strings.Join(known, ", "))
	}
}

// port checks the number of a port. Zero means the default and is always right.
func (p *problems) port(field string, port int) {
	if port < 0 || port > maxPort {
		p.addf(field, "%d is out of range, it may be 1 to %d", port, maxPort)
	}
}

func (p *problems) threshold(field string, n int) {
	if n != 0 && (n < minThreshold || n > maxThreshold) {
		p.addf(field, "%d is out of range, it may be %d to %d", n, minThreshold, maxThreshold)
	}
}

// TargetGroupRef is the handle of a [TargetGroup] in a blueprint.
type TargetGroupRef struct{ provision.Ref }

// AddTargetGroup adds a target group to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddTargetGroup(b *provision.Blueprint, name string, g TargetGroup, optFns ...func(*provision.Node)) TargetGroupRef {
	return TargetGroupRef{b.Add(name, g, optFns...)}
}

// ARN is the group's ARN, for [Listener.TargetGroup] and for whoever registers targets. Known at once.
func (r TargetGroupRef) ARN() provision.Text { return r.Output("ARN") }

// Name is the group's name. Known at once.
func (r TargetGroupRef) Name() provision.Text { return r.Output("Name") }

// FullName is what the metrics of CloudWatch call the group in their dimension TargetGroup. Known at once.
func (r TargetGroupRef) FullName() provision.Text { return r.Output("FullName") }
