package kinds

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
)

// GroupKind is the kind of a [Group].
const GroupKind provision.Kind = "autoscaling/group"

// A Group is an Amazon EC2 Auto Scaling group: so many instances of one [LaunchTemplate], each replaced when it fails.
// Template, Subnets or Zones, and a size are required.
//
//	template := kinds.AddLaunchTemplate(&b, "template", kinds.LaunchTemplate{Image: "${{in.image}}", Type: "t3.micro"})
//	kinds.AddGroup(&b, "web", kinds.Group{
//		Template: template.ID(), Version: template.Version(), Subnets: subnets, Desired: 2,
//	})
//
// A group is ready when it has as many instances in service as it wants and, with target groups, the load balancer finds
// them healthy. A launch that EC2 refuses is an error at once, with EC2's reason. Every instance carries the tags of the
// group. Deleting a group terminates its instances. A group that is kept needs its template to be kept as well, or it can
// replace no instance any more.
type Group struct {
	// Template is the id of the launch template (lt-...). Required.
	Template provision.Text
	// Version is the number of the template's version. "$Latest" and "$Default" are refused, because what they mean can
	// change behind the group's back. Default "1".
	Version provision.Text
	// Subnets are the ids of the subnets (subnet-...), all of one VPC, whose zones instances are spread over. Either these or
	// Zones are required. A reference to a list of subnets stands for all of them.
	Subnets []provision.Text
	// Zones are availability zones, e.g. "eu-central-1a", in whose default subnets instances are made. Either these or
	// Subnets are required.
	Zones []provision.Text
	// Min is the number of instances below which the group is never scaled. Default 0.
	Min int
	// Desired is the number of instances that the group has at first and is ready with: Min to Max. Default Min.
	Desired int
	// Max is the number of instances above which the group is never scaled. Default: the greater of Min and Desired. It
	// must be 1 or more.
	Max int
	// TargetGroups are the ARNs of the target groups, of type "instance", that instances are put into, at most 50.
	// Default: none.
	TargetGroups []provision.Text
	// HealthCheckType says who finds an instance unhealthy, so that it is replaced: "EC2", by its status checks, or "ELB",
	// also by the health checks of the target groups. Default "ELB" with target groups, otherwise "EC2".
	HealthCheckType string
	// HealthCheckGrace is how long a new instance is not replaced for failing health checks: whole seconds up to a day. It
	// must be longer than the software takes to start. Default 5 minutes.
	HealthCheckGrace time.Duration
}

// The values of [Group.HealthCheckType].
const (
	HealthCheckEC2 = "EC2"
	HealthCheckELB = "ELB"
)

// Bounds of a group. AWS names none for its size and its grace period, so these are there for slips of the keyboard; the
// number of target groups is a quota (EC2 Auto Scaling user guide, quotas).
const (
	maxSize        = math.MaxInt16
	maxGrace       = 24 * time.Hour
	defaultGrace   = 5 * time.Minute
	maxAttached    = 50
	defaultVersion = "1"
)

var (
	versionNumber = regexp.MustCompile(`^[1-9][0-9]{0,18}$`)
	zoneName      = regexp.MustCompile(`^[a-z]{2}(-[a-z0-9]+)+[a-z]$`)
)

// Sizes returns Min, Desired and Max with their defaults filled in.
func (g Group) Sizes() (least, desired, most int) {
	desired = cmp.Or(g.Desired, g.Min)
	return g.Min, desired, cmp.Or(g.Max, max(g.Min, desired))
}

// EffectiveVersion returns Version with its default filled in.
func (g Group) EffectiveVersion() provision.Text { return cmp.Or(g.Version, defaultVersion) }

// EffectiveHealthCheckType returns HealthCheckType with its default filled in.
func (g Group) EffectiveHealthCheckType() string {
	if g.HealthCheckType == "" && len(g.TargetGroups) > 0 {
		return HealthCheckELB
	}
	return cmp.Or(g.HealthCheckType, HealthCheckEC2)
}

// EffectiveGrace returns HealthCheckGrace with its default filled in.
func (g Group) EffectiveGrace() time.Duration { return cmp.Or(g.HealthCheckGrace, defaultGrace) }

// Kind returns [GroupKind].
func (Group) Kind() provision.Kind { return GroupKind }

// Outputs of a group. Its instances are none, because they come and go.
func (Group) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the group's name, by which every call addresses it"},
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the group's ARN, for policies"},
	}
}

// Validate checks required fields, alphabets and ranges as far as they are known. It returns every problem, joined.
func (g Group) Validate() error {
	var p problems
	p.required("Template", g.Template)
	p.id("Template", g.Template, "lt-")
	if text, ok := literal(g.EffectiveVersion()); ok && !versionNumber.MatchString(text) {
		p.addf("Version", "%q is not the number of a version", text)
	}
	g.checkPlaces(&p)
	g.checkSizes(&p)
	g.checkTargets(&p)
	switch g.HealthCheckType {
	case "", HealthCheckEC2:
	case HealthCheckELB:
		if len(g.TargetGroups) == 0 {
			p.addf("HealthCheckType", `"ELB" needs TargetGroups, whose health checks it is about`)
		}
	default:
		p.addf("HealthCheckType", `%q is not "EC2", "ELB" or empty`, g.HealthCheckType)
	}
	p.seconds("HealthCheckGrace", g.HealthCheckGrace, time.Second, maxGrace)
	return p.err()
}

func (g Group) checkPlaces(p *problems) {
	switch {
	case len(g.Subnets) == 0 && len(g.Zones) == 0:
		p.addf("Subnets", "is missing; say where instances go, here or in Zones")
	case len(g.Subnets) > 0 && len(g.Zones) > 0:
		p.addf("Zones", "cannot be said beside Subnets, each of which has its zone")
	}
	p.each("Subnets", g.Subnets, func(field string, t provision.Text) { p.id(field, t, "subnet-") })
	p.each("Zones", g.Zones, func(field string, t provision.Text) {
		if text, ok := literal(t); ok && text != "" && !zoneName.MatchString(text) {
			p.addf(field, `%q is not an availability zone such as "eu-central-1a"`, text)
		}
	})
}

func (g Group) checkSizes(p *problems) {
	least, desired, most := g.Sizes()
	for _, size := range []struct {
		field string
		n     int
	}{{"Min", g.Min}, {"Desired", g.Desired}, {"Max", g.Max}} {
		if size.n < 0 || size.n > maxSize {
			p.addf(size.field, "%d is out of range, it may be 0 to %d", size.n, maxSize)
			return
		}
	}
	switch {
	case most == 0:
		p.addf("Desired", "is missing; with Min and Max missing too, the group could never have an instance")
	case desired < least || desired > most:
		p.addf("Desired", "%d is not between Min (%d) and Max (%d)", desired, least, most)
	case least > most:
		p.addf("Max", "%d is less than Min (%d)", most, least)
	}
}

func (g Group) checkTargets(p *problems) {
	if n := len(g.TargetGroups); n > maxAttached {
		p.addf("TargetGroups", "%d are too many, at most %d are allowed", n, maxAttached)
	}
	p.each("TargetGroups", g.TargetGroups, func(field string, t provision.Text) {
		p.arn(field, t, "elasticloadbalancing", "targetgroup/", "a target group")
	})
}

// each checks the elements of a list: none is missing, and none is there twice.
func (p *problems) each(list string, all []provision.Text, check func(field string, t provision.Text)) {
	for i, t := range all {
		field := indexed(list, i)
		p.required(field, t)
		check(field, t)
		if t != "" && slices.Contains(all[:i], t) {
			p.addf(field, "%q is listed twice", t)
		}
	}
}

// GroupRef is the handle of a [Group] in a blueprint.
type GroupRef struct{ provision.Ref }

// AddGroup adds an Auto Scaling group to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddGroup(b *provision.Blueprint, name string, g Group, optFns ...func(*provision.Node)) GroupRef {
	return GroupRef{b.Add(name, g, optFns...)}
}

// Name is the group's name, by which every call addresses it. Known at once.
func (r GroupRef) Name() provision.Text { return r.Output("Name") }

// ARN is the group's ARN, for policies. Known at once.
func (r GroupRef) ARN() provision.Text { return r.Output("ARN") }
