package ccdriver_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver/cctest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestWhatCouldNotBeFoundAgainIsRefusedBeforeAnyCall(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		untold, described := specOf(repository), specOf(repository)
		untold.Type.Name = "AWS::ECS::Cluster"
		described.Type.NameMax = 40
		short := group
		short.Name, short.NameMax = "AWS::IAM::InstanceProfile", 24
		w.Driver = ccdriver.New(cloudcontrol.NewFromConfig(w.Cloud.Config()), append([]kinds.CloudControlType{short}, allTypes...))
		long := callFor("a1", kinds.CloudControl{Type: short})
		long.Node = "image-readers"
		kept := callFor("a1", specOf(group))
		kept.Keep = true
		other := callFor("a1", specOf(repository))
		other.Spec = &kinds.CloudControl{}
		for want, c := range map[string]provision.Call{
			"not told of the type AWS::ECS::Cluster": callFor("a1", untold),
			"otherwise than the driver was told":     callFor("a1", described),
			"has no room":                            long,
			"to be kept":                             kept,
			"*kinds.CloudControl":                    other,
		} {
			require.ErrorContains(t, w.Validate(c), want)
			_, err := w.Create(ctx, c)
			require.ErrorContains(t, err, want)
		}
		require.Empty(t, w.Cloud.Calls())
		for _, typ := range allTypes {
			require.NoError(t, w.Validate(callFor("a1", specOf(typ))))
		}
	})
}

// A type whose resources cannot be listed could be made, and never found again.
func TestATypeThatCannotBeListedIsRefusedBeforeAnythingIsMade(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.Create(ctx, callFor("a1", specOf(repository)))
		var unsupported *types.UnsupportedActionException
		require.ErrorAs(t, err, &unsupported)
		require.Zero(t, w.Times("CreateResource"))
	}, func(o *cctest.Options) { o.Types = []cctest.Type{{Name: repository.Name, Unlistable: true}} })
}

func TestADriverWithoutTypesFindsNoEmptyList(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		driver := ccdriver.New(cloudcontrol.NewFromConfig(w.Cloud.Config()), nil)
		_, err := drivertest.NewLab(w.Cloud, driver).Found(ctx, drivertest.Owner("a1"))
		require.ErrorContains(t, err, "no types")
		require.ErrorContains(t, driver.Delete(ctx, provision.State{ID: repository.Name + "/x"}), "not told of this type")
		_, err = driver.Await(ctx, provision.State{ID: "nonsense"})
		require.ErrorContains(t, err, "nonsense")
	})
}

func TestWhatTakesNoTagsIsFoundByItsNameAndByNobodyElse(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := callFor("a1", specOf(group))
		s := w.Made(ctx, t, c)
		w.Made(ctx, t, callFor("a2", specOf(group)))
		_, err := w.service.AddResource(group.Name, map[string]any{"GroupName": "shop-images-abcdefghijklm"})
		require.NoError(t, err)

		states, err := w.Found(ctx, c.Owner)
		require.NoError(t, err)
		require.Len(t, states, 1)
		require.Equal(t, s.ID, states[0].ID)
		require.Equal(t, c.Node, states[0].Node)
		require.Equal(t, c.Owner, states[0].Owner)

		states, err = w.Found(ctx, provision.Owner{Registry: c.Owner.Registry})
		require.NoError(t, err)
		require.Empty(t, states, "nothing says whose they are")

		forged := s
		forged.Owner.Attempt = "a2"
		require.ErrorIs(t, w.Delete(ctx, forged), provision.ErrForeign)
		require.Len(t, w.service.Resources(), 3)
	})
}

func TestAttributesHaveTheTypesThatWerePromised(t *testing.T) {
	typ := kinds.CloudControlType{
		Name: "AWS::Test::Thing", NameProperty: "Name", NameIsIdentifier: true,
		Attributes: map[string]provision.Type{
			"Endpoint.Address": provision.TextType, "Endpoint.Port": provision.NumberType, "Weight": provision.NumberType,
			"Subnets": provision.ListType, "Big": provision.TextType, "On": provision.TextType,
		},
	}
	for _, missing := range []string{"", "Endpoint.Address"} {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			w.Driver = ccdriver.New(cloudcontrol.NewFromConfig(w.Cloud.Config()), []kinds.CloudControlType{typ})
			s, err := w.Create(ctx, callFor("a1", kinds.CloudControl{Type: typ}))
			require.NoError(t, err)
			s, err = w.Await(ctx, s)
			if missing != "" {
				require.ErrorContains(t, err, missing)
				return
			}
			require.NoError(t, err)
			require.Equal(t, map[string]provision.Value{
				"Identifier":       provision.TextValue(s.Name),
				"Endpoint.Address": provision.TextValue("db.example.com"), "Endpoint.Port": provision.NumberValue(5432),
				"Weight": provision.NumberValue(2.5), "Subnets": provision.ListValue([]string{"subnet-1", "subnet-2"}),
				"Big": provision.TextValue("9007199254740993"), "On": provision.TextValue("true"),
			}, s.Outputs)
		}, func(o *cctest.Options) {
			endpoint := map[string]any{"Address": "db.example.com", "Port": "5432"}
			if missing != "" {
				delete(endpoint, "Address")
			}
			o.Types = []cctest.Type{{
				Name: typ.Name, Identifier: []string{"Name"}, NameProperty: "Name", TagsProperty: "Tags",
				ReadOnly: map[string]any{
					"Endpoint": endpoint, "Weight": 2.5, "Subnets": []any{"subnet-1", "subnet-2"}, "Big": int64(9007199254740993), "On": true,
				},
			}}
		})
	}
}

// Properties go to Cloud Control and nowhere else: not into names, tags, tokens, states or errors.
func TestPropertiesAreShownToNobody(t *testing.T) {
	const canary = "canary-7c1e"
	in(t, func(ctx context.Context, t *testing.T, w world) {
		spec := specOf(param)
		spec.Properties = map[string]any{"Type": "String", "Value": canary}
		c := callFor("a1", spec)
		shown := fmt.Sprint(w.Made(ctx, t, c))
		spec.Properties["Description"] = canary // another request with the same token, if nothing were there
		w.service.Vanish(param.Name, param.ResourceName(c))
		_, err := w.Create(ctx, c)
		var conflict *types.ClientTokenConflictException
		require.ErrorAs(t, err, &conflict)
		require.ErrorContains(t, err, "earlier request of the same attempt")
		c.Owner.Attempt, spec.Properties["Nonsense"] = "a2", canary
		_, failed := w.Create(ctx, c)
		require.Error(t, failed)
		for _, r := range w.service.Resources() {
			shown += fmt.Sprint(r.Name, r.Identifier, r.Tags)
		}
		for _, in := range w.Sent("CreateResource") {
			shown += *in.(*cloudcontrol.CreateResourceInput).ClientToken
		}
		require.NotContains(t, shown+err.Error()+failed.Error(), canary)
	})
}
