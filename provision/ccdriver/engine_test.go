package ccdriver_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// The whole way: references in properties become values, every type is made once however often it is applied, and a teardown
// in another process, which knows the owner and no blueprint, leaves nothing, also of types that take no tags.
func TestAnEngineMakesAndDestroysTypesOfEverySort(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		var b provision.Blueprint
		images := kinds.AddCloudControl(&b, "images", kinds.CloudControl{Type: repository})
		kinds.AddCloudControl(&b, "where", kinds.CloudControl{Type: param, Properties: map[string]any{
			"Type": "String", "Value": `{"image": "` + images.Attribute("RepositoryUri") + `:${{commit}}"}`,
			"Description": images.Identifier(),
		}})
		kinds.AddCloudControl(&b, "news", specOf(topic))
		kinds.AddCloudControl(&b, "address", specOf(address))
		kinds.AddCloudControl(&b, "readers", specOf(group))

		owner := callFor("a1", specOf(repository)).Owner
		owner.Subject = `feat(api): "don't" — 50% 🚀 #12`
		engine, err := provision.NewEngine([]provision.Driver{w.Driver})
		require.NoError(t, err)
		for range 2 {
			_, err = engine.Apply(ctx, owner, &b)
			require.NoError(t, err)
			require.Len(t, w.service.Resources(), len(b.Nodes))
		}
		for _, r := range w.service.Resources() {
			if r.Type == param.Name {
				require.Equal(t, `{"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/`+r.Properties["Description"].(string)+
					`:`+owner.Commit+`"}`, r.Properties["Value"])
			}
			if r.Type != group.Name {
				subject, cut := provision.DecodeTag(r.Tags[provision.TagSubject])
				require.Equal(t, owner.Subject, subject)
				require.False(t, cut)
			}
		}

		later, err := provision.NewEngine([]provision.Driver{driverOf(w.Cloud, "later")})
		require.NoError(t, err)
		owner.Subject = ""
		_, err = later.Destroy(ctx, owner)
		require.NoError(t, err)
		require.Empty(t, w.service.Resources())
	})
}
