package ec2driver_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// parameters is an SSM in memory.
type parameters map[string]string

func (p parameters) read(_ context.Context, name string) (string, error) {
	if id, ok := p[name]; ok {
		return id, nil
	}
	return "", &provision.MissingError{What: "parameter " + name}
}

func TestLookerOnTheSimulation(t *testing.T) {
	t.Parallel()
	provisiontest.TestLooker(t, provisiontest.LookHarness{
		Name: "simulated EC2",
		New: func(testing.TB) provisiontest.LookWorld {
			cloud := ec2test.New(wire)
			ssm := parameters{"/aws/latest": ec2test.Linux, "/empty": "none", "/gone": "ami-00000000000000000"}
			deny := func() {
				cloud.Cloud().Inject(sim.Fault{Kind: sim.Fail, Err: sim.Error("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)})
			}
			return provisiontest.LookWorld{
				Looker: ec2driver.New(cloud.Client(), func(o *ec2driver.Options) { o.Parameter = ssm.read }),
				Sights: func(kind provision.Kind) []provisiontest.Sight {
					if kind == kinds.ExistingNetworkKind {
						return networkSights(cloud)
					}
					return imageSights(cloud, ssm)
				},
				Changes: func() []string { return ops(cloud) },
				Deny:    deny,
			}
		},
	})
}

func tags(pairs ...string) map[string]provision.Text {
	m := map[string]provision.Text{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = provision.Text(pairs[i+1])
	}
	return m
}

func networkSights(cloud *ec2test.EC2) []provisiontest.Sight {
	prod := cloud.AddVPC("10.7", map[string]string{"Name": "prod*"})
	cloud.AddVPC("10.8", map[string]string{"Name": "production"})
	public := map[string]string{"tier": "public"}
	add := func(zone string, tags map[string]string) string {
		id, err := cloud.AddSubnet(prod, zone, tags)
		if err != nil {
			panic(err)
		}
		return id
	}
	c, a := add("c", public), add("a", public)
	def := cloud.DefaultVPC()
	defaults := cloud.Subnets(def)
	if _, err := cloud.AddSubnet(def, "b", nil); err != nil { // which is no default subnet
		panic(err)
	}
	newer := func(tags map[string]string) func(context.Context) error {
		return func(context.Context) error { add("b", tags); return nil }
	}
	remove := func(id string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { cloud.RemoveSubnet(id); return id, nil }
	}
	region := cloud.Cloud().Options().Region
	return []provisiontest.Sight{
		{
			Name: "the default VPC", Spec: kinds.ExistingNetwork{OnePerZone: true}, ID: def,
			Want: map[string]provision.Value{
				"ID": provision.TextValue(def), "Subnets": provision.ListValue(defaults), "CIDR": provision.TextValue("172.31.0.0/16"),
				"AvailabilityZones": provision.ListValue([]string{region + "a", region + "b", region + "c"}),
			},
			Remove: remove(defaults[1]),
		},
		{
			Name: "by tags, in which stars are stars", Spec: kinds.ExistingNetwork{Tags: tags("Name", "prod*"), SubnetTags: tags("tier", "public")}, ID: prod,
			Want: map[string]provision.Value{
				"Subnets": provision.ListValue([]string{a, c}), "AvailabilityZones": provision.ListValue([]string{region + "a", region + "c"}),
			},
			Newer: newer(public), Remove: remove(c),
			Missing: kinds.ExistingNetwork{Tags: tags("Name", "prod?")}, Names: "Name=prod?",
		},
		{
			Name: "a whole VPC", Spec: kinds.ExistingNetwork{VPC: provision.Text(prod)}, ID: prod, Newer: newer(nil), Remove: remove(a),
			Missing: kinds.ExistingNetwork{VPC: "vpc-00000000000000000"}, Names: "vpc-00000000000000000",
		},
		{
			Name: "by subnets", Spec: kinds.ExistingNetwork{Subnets: []provision.Text{provision.Text(c), provision.Text(a)}, OnePerZone: true}, ID: prod,
			Want:    map[string]provision.Value{"Subnets": provision.ListValue([]string{a, c})},
			Remove:  remove(a),
			Missing: kinds.ExistingNetwork{Subnets: []provision.Text{provision.Text(c), "subnet-00000000000000000"}}, Names: "Subnets[1]: subnet subnet-00000000000000000",
		},
		{
			Name: "subnets without such tags", Spec: kinds.ExistingNetwork{VPC: provision.Text(prod), SubnetTags: tags("tier", "public")},
			Missing: kinds.ExistingNetwork{VPC: provision.Text(prod), SubnetTags: tags("tier", "private")}, Names: "SubnetTags: a subnet of VPC " + prod + " with the tags tier=private",
		},
	}
}

// made is an image of a time.
func made(name, owner, at string, change ...func(*types.Image)) types.Image {
	i := types.Image{
		Name: aws.String(name), OwnerId: aws.String(owner), CreationDate: aws.String(at),
		Architecture: types.ArchitectureValuesArm64, RootDeviceName: aws.String("/dev/xvda"),
	}
	for _, fn := range change {
		fn(&i)
	}
	return i
}

const (
	canonical = "099720109477"
	stranger  = "666666666666"
)

func imageSights(cloud *ec2test.EC2, ssm parameters) []provisiontest.Sight {
	cloud.AddImage(made("ubuntu-24-1", canonical, "2026-01-01T00:00:00.000Z"))
	newest := cloud.AddImage(made("ubuntu-24-2", canonical, "2026-02-01T00:00:00.000Z"))
	// What must not be chosen, though it is newer: whoAMI, another name, processor or state, and what is deprecated.
	cloud.AddImage(made("ubuntu-24-9", stranger, "2030-01-01T00:00:00.000Z"))
	cloud.AddImage(made("ubuntu-22-9", canonical, "2030-01-01T00:00:00.000Z"))
	cloud.AddImage(made("ubuntu-24-9", canonical, "2030-01-01T00:00:00.000Z", func(i *types.Image) { i.Architecture = types.ArchitectureValuesX8664 }))
	cloud.AddImage(made("ubuntu-24-9", canonical, "2030-01-01T00:00:00.000Z", func(i *types.Image) { i.State = types.ImageStateFailed }))
	cloud.AddImage(made("ubuntu-24-9", canonical, "2030-01-01T00:00:00.000Z", func(i *types.Image) { i.DeprecationTime = aws.String("1999-01-01T00:00:00.000Z") }))
	self := cloud.Cloud().Options().Account
	own := cloud.AddImage(made("golden", self, "2026-03-01T00:00:00.000Z"))
	cloud.AddImage(made("golden", self, "2026-04-01T00:00:00.000Z", func(i *types.Image) { i.DeprecationTime = aws.String("1999-01-01T00:00:00.000Z") }))
	pattern := kinds.ExistingImage{Owner: canonical, Name: "ubuntu-24-?", Architecture: "arm64"}
	remove := func(id string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { cloud.RemoveImage(id); return id, nil }
	}
	return []provisiontest.Sight{
		{
			Name: "the newest", Spec: pattern, ID: newest,
			Want: map[string]provision.Value{
				"ID": provision.TextValue(newest), "Name": provision.TextValue("ubuntu-24-2"), "Architecture": provision.TextValue("arm64"),
				"RootDevice": provision.TextValue("/dev/xvda"),
			},
			Newer: func(context.Context) error {
				cloud.AddImage(made("ubuntu-24-3", canonical, "2026-03-01T00:00:00.000Z"))
				return nil
			},
			Remove:  remove(newest),
			Missing: kinds.ExistingImage{Owner: canonical, Name: "ubuntu-26-*"}, Names: "an image of 099720109477 with the name ubuntu-26-*",
		},
		{
			Name: "one's own, of which EC2 shows the deprecated too", Spec: kinds.ExistingImage{Owner: "self", Name: "golden"}, ID: own,
			Remove: func(context.Context) (string, error) {
				return "its state is disabled", cloud.SetImageState(own, types.ImageStateDisabled)
			},
		},
		{
			Name: "by id", Spec: kinds.ExistingImage{ID: ec2test.Linux, Architecture: "x86_64"}, ID: ec2test.Linux,
			Remove:  remove(ec2test.Linux),
			Missing: kinds.ExistingImage{ID: ec2test.Linux, Architecture: "arm64"}, Names: "is for x86_64, not for arm64",
		},
		{
			Name: "by parameter", Spec: kinds.ExistingImage{Parameter: "/aws/latest"}, ID: ec2test.Linux,
			Newer:   func(context.Context) error { ssm["/aws/latest"] = ec2test.Data; return nil },
			Remove:  remove(ec2test.Linux),
			Missing: kinds.ExistingImage{Parameter: "/aws/earliest"}, Names: "Parameter: parameter /aws/earliest",
		},
		{
			Name: "a parameter that holds no image", Spec: kinds.ExistingImage{Parameter: "/aws/latest"},
			Missing: kinds.ExistingImage{Parameter: "/empty"}, Names: "its value is not the id of an image",
		},
		{
			Name: "a parameter that leads nowhere", Spec: kinds.ExistingImage{Parameter: "/aws/latest"},
			Missing: kinds.ExistingImage{Parameter: "/gone"}, Names: "Parameter: image ami-00000000000000000",
		},
	}
}

func look(t *testing.T, d *ec2driver.Driver, spec provision.Spec, pin string) (provision.State, string, error) {
	t.Helper()
	return d.Look(t.Context(), call(spec), pin)
}

func TestAmbiguousNetworksAreNotGuessed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(wire, func(o *ec2test.Options) { o.NoDefaultVPC = true })
		d := ec2driver.New(cloud.Client())
		one, two := cloud.AddVPC("10.1", map[string]string{"team": "a"}), cloud.AddVPC("10.2", map[string]string{"team": "a"})
		_, _, err := look(t, d, kinds.ExistingNetwork{}, "")
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, "the default VPC: there is none in this account and region; say VPC or Tags")

		ids := []string{one, two}
		slices.Sort(ids)
		_, _, err = look(t, d, kinds.ExistingNetwork{Tags: tags("team", "a")}, "")
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, "there are 2: "+strings.Join(ids, ", "))

		further, err := cloud.AddSubnet(one, "b", nil)
		require.NoError(t, err)
		_, _, err = look(t, d, kinds.ExistingNetwork{VPC: provision.Text(one), OnePerZone: true}, "")
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, further)
		require.ErrorContains(t, err, "are both in")

		s, _, err := look(t, d, kinds.ExistingNetwork{VPC: provision.Text(one)}, "")
		require.NoError(t, err)
		require.Len(t, s.Outputs["Subnets"].List(), 4)
		require.Len(t, s.Outputs["AvailabilityZones"].List(), 3)

		other := provision.Text(cloud.Subnets(two)[0])
		_, _, err = look(t, d, kinds.ExistingNetwork{VPC: provision.Text(one), Subnets: []provision.Text{provision.Text(further), other}}, "")
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, fmt.Sprintf("Subnets[1]: subnet %s: is in VPC %s, not in %s", other, two, one))

		_, _, err = look(t, d, kinds.ExistingNetwork{VPC: provision.Text(one)}, "no-pin")
		require.ErrorContains(t, err, `"no-pin" is not the pin of a network`)
		require.NotErrorIs(t, err, provision.ErrMissing)
	})
}

// All pins share a record in DNS, so a pin has a limit; a list of subnets has none.
func TestTooManySubnetsToPin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(wire)
		d := ec2driver.New(cloud.Client())
		vpc := cloud.AddVPC("10.1", nil)
		for range 16 {
			_, err := cloud.AddSubnet(vpc, "a", nil)
			require.NoError(t, err)
		}
		_, pin, err := look(t, d, kinds.ExistingNetwork{VPC: provision.Text(vpc)}, "")
		require.NoError(t, err)
		require.LessOrEqual(t, len(pin), 512)
		last, err := cloud.AddSubnet(vpc, "a", nil)
		require.NoError(t, err)
		_, _, err = look(t, d, kinds.ExistingNetwork{VPC: provision.Text(vpc)}, "")
		require.ErrorContains(t, err, "20 subnets are too many to be pinned, at most 19 are possible")

		var all []provision.Text
		for _, id := range append(cloud.Subnets(vpc), last)[:20] {
			all = append(all, provision.Text(id))
		}
		s, pin, err := look(t, d, kinds.ExistingNetwork{Subnets: all}, "")
		require.NoError(t, err)
		require.Empty(t, pin)
		require.Len(t, s.Outputs["Subnets"].List(), 20)
	})
}

// Two images of the same second must not be chosen by the order of EC2's answer, which it does not promise.
func TestImagesOfTheSameSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, ids := range [][]string{{"ami-0000000000000000a", "ami-0000000000000000b"}, {"ami-0000000000000000b", "ami-0000000000000000a"}} {
			cloud := ec2test.New(wire)
			for _, id := range ids {
				cloud.AddImage(made("twin", canonical, "2026-01-01T00:00:00.000Z", func(i *types.Image) { i.ImageId = aws.String(id) }))
			}
			s, _, err := look(t, ec2driver.New(cloud.Client()), kinds.ExistingImage{Owner: canonical, Name: "twin"}, "")
			require.NoError(t, err)
			require.Equal(t, "ami-0000000000000000b", s.ID)
		}
	})
}

// An environment keeps its image when the owner deprecates it: it can still be used.
func TestAPinOutlivesDeprecation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(wire)
		soon := time.Now().Add(time.Hour).Format(time.RFC3339)
		id := cloud.AddImage(made("a-1", canonical, "1999-01-01T00:00:00.000Z", func(i *types.Image) { i.DeprecationTime = aws.String(soon) }))
		d := ec2driver.New(cloud.Client())
		spec := kinds.ExistingImage{Owner: canonical, Name: "a-*"}
		_, pin, err := look(t, d, spec, "")
		require.NoError(t, err)
		require.Equal(t, id, pin)
		time.Sleep(2 * time.Hour)
		_, _, err = look(t, d, spec, "")
		require.ErrorIs(t, err, provision.ErrMissing)
		s, _, err := look(t, d, spec, pin)
		require.NoError(t, err)
		require.Equal(t, id, s.ID)
	})
}

// Pins come out of a record in DNS. Who can write there, and not start instances, must not decide what code they run.
func TestAPinIsNoWayRoundTheOwner(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	d := ec2driver.New(cloud.Client())
	spec := kinds.ExistingImage{Owner: canonical, Name: "ubuntu-*"}
	mine, theirs := cloud.AddImage(made("ubuntu-1", canonical, "2026-01-01T00:00:00.000Z")), cloud.AddImage(made("ubuntu-1", stranger, "2026-01-01T00:00:00.000Z"))
	s, _, err := look(t, d, spec, mine)
	require.NoError(t, err)
	require.Equal(t, mine, s.ID)
	_, _, err = look(t, d, spec, theirs)
	require.ErrorIs(t, err, provision.ErrMissing)
	require.ErrorContains(t, err, "image "+theirs+" of "+canonical+", which is pinned, does not exist")
}

func TestParametersNeedSomebodyToReadThem(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	_, _, err := look(t, ec2driver.New(cloud.Client()), kinds.ExistingImage{Parameter: "/aws/latest"}, "")
	require.ErrorContains(t, err, "Parameter: the driver cannot read parameters of SSM: set Options.Parameter")
	require.NotErrorIs(t, err, provision.ErrMissing)

	boom := errors.New("boom")
	d := ec2driver.New(cloud.Client(), func(o *ec2driver.Options) {
		o.Parameter = func(context.Context, string) (string, error) { return "", boom }
	})
	_, _, err = look(t, d, kinds.ExistingImage{Parameter: "/aws/latest"}, "")
	require.ErrorIs(t, err, boom)
	require.NotErrorIs(t, err, provision.ErrMissing)

	_, _, err = look(t, d, kinds.Queue{}, "")
	require.ErrorIs(t, err, provision.ErrNoDriver)
}
