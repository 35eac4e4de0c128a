package awstest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver/acmtest"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// latest is where AWS publishes the id of its newest image of a system.
const latest = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"

// What somebody else has made is found by look-ups, and can be used by what is made: a server gets the instance profile that
// IAM has, and boots from the image that AWS publishes.
func TestWhatIsThereIsFoundAndUsed(t *testing.T) {
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		_, err := cloud.IAM.AddRole("shop-web")
		require.NoError(t, err)
		profile, err := cloud.IAM.AddInstanceProfile("/shop/shop-web", "shop-web")
		require.NoError(t, err)
		_, err = cloud.ACM.AddCertificate(acmtest.Certificate{Domain: "*.shop.example.com"})
		require.NoError(t, err)
		require.NoError(t, cloud.SSM.Publish(latest, ec2test.Linux))

		for name, by := range map[string]func(kinds.ExistingInstanceProfileRef) provision.Text{
			"by ARN":  kinds.ExistingInstanceProfileRef.ARN,
			"by name": kinds.ExistingInstanceProfileRef.Name,
		} {
			var b provision.Blueprint
			image := kinds.AddExistingImage(&b, "image", kinds.ExistingImage{Parameter: latest})
			found := kinds.AddExistingInstanceProfile(&b, "profile", kinds.ExistingInstanceProfile{Name: "shop-web"})
			kinds.AddExistingCertificate(&b, "tls", kinds.ExistingCertificate{Domain: "*.${{base}}"})
			kinds.AddInstance(&b, "web", kinds.Instance{Image: image.ID(), Type: "t3.micro", Profile: by(found)})
			o := owner()
			o.Attempt += name[3:]
			applied, err := engineOf(t, cloud, cloud.Config()).Apply(ctx, o, &b)
			require.NoError(t, err, name)
			require.Len(t, applied.States, 1)
		}
		for _, i := range cloud.EC2.Instances() {
			require.Equal(t, ec2test.Linux, *i.ImageId)
			require.Contains(t, *i.IamInstanceProfile.Arn, "shop-web")
		}
		require.NotEmpty(t, profile.ARN)
	})
}

// An instance profile that IAM does not have is none to EC2 either, whatever the driver was allowed to ask before.
func TestInstanceProfilesAreThoseOfIAM(t *testing.T) {
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		cloud.Inject(awstest.Fault{
			Match: awstest.On("IAM", "GetInstanceProfile"), Kind: awstest.Fail, Err: awstest.Error("AccessDenied", "no", 403),
		})
		var b provision.Blueprint
		kinds.AddInstance(&b, "web", kinds.Instance{Image: ec2test.Linux, Type: "t3.micro", Profile: "app"})
		_, err := engineOf(t, cloud, cloud.Config()).Apply(ctx, owner(), &b)
		require.ErrorContains(t, err, "Invalid IAM Instance Profile name")
	})
}
