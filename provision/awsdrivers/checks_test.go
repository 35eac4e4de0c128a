package awsdrivers_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver/acmtest"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// A new kind of look-up is one here as well.
func TestAllLooksUpEveryKindOfWhatExists(t *testing.T) {
	t.Parallel()
	var looks []provision.Kind
	for _, d := range awsdrivers.All(awstest.New().Config()) {
		if l, ok := d.(provision.Looker); ok {
			looks = append(looks, l.Looks()...)
		}
	}
	require.ElementsMatch(t, []provision.Kind{
		kinds.ExistingNetworkKind, kinds.ExistingImageKind, kinds.ExistingDatabaseKind, kinds.ExistingSnapshotKind, kinds.ExistingClusterKind,
		kinds.ExistingRoleKind, kinds.ExistingInstanceProfileKind, kinds.ExistingCertificateKind, kinds.ExistingSecretKind,
	}, looks)
}

// check asks for everything that a blueprint needs, in a cloud that is as the blueprint's author wants it.
func check(t *testing.T, blueprint func(*awstest.Cloud) *provision.Blueprint) (cloud *awstest.Cloud, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud = awstest.New()
		b := blueprint(cloud)
		engine, fail := provision.NewEngine(awsdrivers.All(cloud.Config()))
		require.NoError(t, fail)
		_, err = engine.Check(t.Context(), queue("").Owner, b)
	})
	return cloud, err
}

// deny refuses every call of a service, as IAM does for want of a permission.
func deny(service, code string) func(*awstest.Cloud) {
	return func(cloud *awstest.Cloud) {
		cloud.Inject(awstest.Fault{
			Kind: awstest.Fail, Match: func(call *awstest.Call) bool { return call.Service == service },
			Err: awstest.Error(code, "you may not", http.StatusForbidden),
		})
	}
}

// Every question that one driver has for the service of another: what is missing is said of the field that names it, what is there is
// found, and what may not be asked about is passed over.
func TestWhatBelongsToOtherServicesIsAskedFor(t *testing.T) {
	t.Parallel()
	const (
		role   = "arn:aws:iam::123456789012:role/shop"
		image  = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:v1"
		bucket = "shop-builds"
	)
	zip := kinds.FunctionZip{Bucket: bucket, Key: "v1.zip", Runtime: "provided.al2023", Handler: "bootstrap"}
	subnet := []provision.Text{"subnet-0123456789abcdef0"}
	for _, tt := range []struct {
		name string
		add  func(cloud *awstest.Cloud, b *provision.Blueprint) // may make what its nodes name first of all
		want string                                             // field and thing that are missing
		give func(t *testing.T, cloud *awstest.Cloud)           // makes it
		deny func(*awstest.Cloud)
	}{
		{"the profile of an instance", func(_ *awstest.Cloud, b *provision.Blueprint) {
			kinds.AddInstance(b, "it", kinds.Instance{Image: ec2test.Linux, Type: "t3.micro", Profile: "shop"})
		}, "Profile: instance profile shop does not exist", addRole, deny("IAM", "AccessDenied")},
		{"the role of a function", func(cloud *awstest.Cloud, b *provision.Blueprint) {
			addCode(t, cloud)
			kinds.AddFunction(b, "it", kinds.Function{Role: role, Zip: zip})
		}, "Role: IAM role " + role + " does not exist", addRole, deny("IAM", "AccessDenied")},
		{"the code of a function", func(cloud *awstest.Cloud, b *provision.Blueprint) {
			addRole(t, cloud)
			kinds.AddFunction(b, "it", kinds.Function{Role: role, Zip: zip})
		}, "Zip: object v1.zip in the bucket shop-builds does not exist", addCode, deny("S3", "Forbidden")},
		{"the image of a function", func(cloud *awstest.Cloud, b *provision.Blueprint) {
			addRole(t, cloud)
			kinds.AddFunction(b, "it", kinds.Function{Role: role, Image: image})
		}, "Image: image " + image + " does not exist", push, deny("ECR", "AccessDeniedException")},
		{"the image of a container", func(cloud *awstest.Cloud, b *provision.Blueprint) {
			addRole(t, cloud)
			kinds.AddTaskDefinition(b, "it", kinds.TaskDefinition{
				ExecutionRole: role, Containers: []kinds.Container{{Name: "web", Image: image}},
			})
		}, "Containers[0].Image: image " + image + " does not exist", push, deny("ECR", "AccessDeniedException")},
		{"the role of a task", func(cloud *awstest.Cloud, b *provision.Blueprint) {
			push(t, cloud)
			kinds.AddTaskDefinition(b, "it", kinds.TaskDefinition{
				ExecutionRole: role, TaskRole: role, Containers: []kinds.Container{{Name: "web", Image: image}},
			})
		}, "TaskRole: IAM role " + role + " does not exist", addRole, deny("IAM", "AccessDenied")},
		{"the subnets of a load balancer", func(_ *awstest.Cloud, b *provision.Blueprint) {
			kinds.AddLoadBalancer(b, "it", kinds.LoadBalancer{Subnets: subnet, Network: true})
		}, "Subnets[0]: subnet subnet-0123456789abcdef0 does not exist", nil, deny("EC2", "UnauthorizedOperation")},
		{"the subnets of a group", func(_ *awstest.Cloud, b *provision.Blueprint) {
			kinds.AddGroup(b, "it", kinds.Group{Template: "lt-1", Subnets: subnet, Desired: 1})
		}, "Subnets[0]: subnet subnet-0123456789abcdef0 does not exist", nil, deny("EC2", "UnauthorizedOperation")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ask := func(prepare func(*testing.T, *awstest.Cloud)) error {
				_, err := check(t, func(cloud *awstest.Cloud) *provision.Blueprint {
					var b provision.Blueprint
					tt.add(cloud, &b)
					if prepare != nil {
						prepare(t, cloud)
					}
					return &b
				})
				return err
			}
			err := ask(nil)
			require.ErrorIs(t, err, provision.ErrMissing)
			require.ErrorContains(t, err, `node "it"`)
			require.ErrorContains(t, err, tt.want)
			if tt.give != nil {
				require.NoError(t, ask(tt.give))
			}
			require.NoError(t, ask(func(_ *testing.T, cloud *awstest.Cloud) { tt.deny(cloud) }), "a question that may not be asked is no answer")
		})
	}
}

func addRole(t *testing.T, cloud *awstest.Cloud) {
	_, err := cloud.IAM.AddRole("shop")
	require.NoError(t, err)
	_, err = cloud.IAM.AddInstanceProfile("shop", "shop")
	require.NoError(t, err)
}

func addCode(t *testing.T, cloud *awstest.Cloud) {
	_, err := cloud.S3.AddBucket("shop-builds", nil)
	require.NoError(t, err)
	require.NoError(t, cloud.S3.AddObject("shop-builds", "v1.zip"))
}

func push(t *testing.T, cloud *awstest.Cloud) {
	_, err := cloud.ECR.Push("shop/web", "v1")
	require.NoError(t, err)
}

// A listener takes certificates of its own region, and only those that are issued.
func TestCertificatesAreAskedFor(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]acmtest.Certificate{
		"":                                   {Domain: "www.example.com"},
		"is not issued but REVOKED":          {Domain: "www.example.com", Status: "REVOKED"},
		"it is one of the region eu-west-1,": {Domain: "www.example.com", Region: "eu-west-1"},
	} {
		_, err := check(t, func(cloud *awstest.Cloud) *provision.Blueprint {
			made, err := cloud.ACM.AddCertificate(c)
			require.NoError(t, err)
			var b provision.Blueprint
			lb := kinds.AddLoadBalancer(&b, "lb", kinds.LoadBalancer{Subnets: []provision.Text{
				provision.Text(cloud.EC2.Subnets(cloud.EC2.DefaultVPC())[0]), provision.Text(cloud.EC2.Subnets(cloud.EC2.DefaultVPC())[1]),
			}})
			web := kinds.AddTargetGroup(&b, "web", kinds.TargetGroup{Port: 80, VPC: provision.Text(cloud.EC2.DefaultVPC())})
			kinds.AddListener(&b, "https", kinds.Listener{
				LoadBalancer: lb.ARN(), Certificate: provision.Text(made.ARN), TargetGroup: web.ARN(),
			})
			return &b
		})
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, `node "https" (elbv2/listener): check: Certificate: certificate arn:aws:acm:`)
		require.ErrorContains(t, err, want)
	}
}

// AWS and others publish the ids of their newest images in parameters.
func TestImagesByParameter(t *testing.T) {
	t.Parallel()
	look := func(give func(*awstest.Cloud)) error {
		_, err := check(t, func(cloud *awstest.Cloud) *provision.Blueprint {
			give(cloud)
			var b provision.Blueprint
			kinds.AddExistingImage(&b, "linux", kinds.ExistingImage{Parameter: "/shop/images/linux"})
			return &b
		})
		return err
	}
	require.NoError(t, look(func(cloud *awstest.Cloud) {
		_, err := cloud.SSM.AddParameter("/shop/images/linux", ec2test.Linux, nil)
		require.NoError(t, err)
	}))
	err := look(func(*awstest.Cloud) {})
	require.ErrorIs(t, err, provision.ErrMissing)
	require.ErrorContains(t, err, "parameter /shop/images/linux does not exist")
	err = look(deny("SSM", "AccessDeniedException"))
	require.ErrorContains(t, err, "you may not", "a look-up needs its answer")
	require.NotErrorIs(t, err, provision.ErrMissing)
}

// What exists and what depends on it, all through the drivers of All.
func TestWhatExistsIsFound(t *testing.T) {
	t.Parallel()
	var b provision.Blueprint
	role := kinds.AddExistingRole(&b, "role", kinds.ExistingRole{Name: "shop"})
	kinds.AddExistingInstanceProfile(&b, "profile", kinds.ExistingInstanceProfile{Name: role.Name()})
	kinds.AddExistingCertificate(&b, "tls", kinds.ExistingCertificate{Domain: "*.${{base}}"})
	kinds.AddExistingSecret(&b, "stripe", kinds.ExistingSecret{Name: "${{app}}/stripe"})
	cloud, err := check(t, func(cloud *awstest.Cloud) *provision.Blueprint {
		addRole(t, cloud)
		_, err := cloud.ACM.AddCertificate(acmtest.Certificate{Domain: "*.shop.example.com"})
		require.NoError(t, err)
		_, err = cloud.SecretsManager.AddSecret("shop/stripe", "sk_live_51H")
		require.NoError(t, err)
		return &b
	})
	require.NoError(t, err)
	require.Empty(t, cloud.SecretsManager.Reads())
	_, err = check(t, func(*awstest.Cloud) *provision.Blueprint { return &b })
	for _, missing := range []string{`node "role"`, `node "tls"`, `node "stripe"`} {
		require.ErrorContains(t, err, missing, "all that is missing is reported at once")
	}
	require.NotContains(t, err.Error(), `node "profile"`, "which needs the role")
}
