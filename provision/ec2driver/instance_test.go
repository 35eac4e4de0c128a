package ec2driver_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestAnInstanceIsSafeByDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		spec := web()
		spec.Image = ec2test.Data // has a volume that would stay behind
		c := call(spec)
		s, err := d.Create(t.Context(), c)
		require.NoError(t, err)

		i := cloud.Instances()[0]
		require.Equal(t, types.HttpTokensStateRequired, i.MetadataOptions.HttpTokens)
		require.EqualValues(t, 1, *i.MetadataOptions.HttpPutResponseHopLimit)
		volumes := cloud.Volumes()
		require.Len(t, volumes, 2)
		for _, v := range volumes {
			require.True(t, *v.Encrypted)
			require.Subset(t, tagMap(v.Tags), c.Tags())
		}
		require.Subset(t, tagMap(i.Tags), c.Tags())
		require.Subset(t, tagMap(cloud.NetworkInterfaces()[0].TagSet), c.Tags())
		require.Equal(t, s.Name, tagMap(i.Tags)["Name"])

		labOf(cloud, d).Gone(t.Context(), t, s)
		require.Empty(t, cloud.Volumes(), "nothing is left over")
		require.Empty(t, cloud.NetworkInterfaces())
	})
}

func tagMap(tags []types.Tag) map[string]string {
	return taglist.Map(tags, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value })
}

func TestEverythingAskedForIsAskedOfEC2(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		subnet := cloud.Subnets(cloud.OtherVPC())[1]
		g, err := d.Create(t.Context(), provision.Call{Owner: owner, Node: "firewall",
			Spec: kinds.SecurityGroup{VPC: provision.Text(cloud.OtherVPC())}})
		require.NoError(t, err)
		for _, tt := range []struct {
			public kinds.Toggle
			want   bool
		}{{kinds.Default, false}, {kinds.Off, false}, {kinds.On, true}} {
			spec := kinds.Instance{
				Image: ec2test.Linux, Type: "t3.small", Subnet: provision.Text(subnet), KeyName: "ops",
				SecurityGroups: []provision.Text{provision.Text(g.ID)}, Profile: "app", PublicIP: tt.public, RootGiB: 30, MetadataHops: 2,
			}
			s, err := d.Create(t.Context(), provision.Call{Owner: owner, Node: "web" + string(tt.public), Spec: spec})
			require.NoError(t, err)
			ready, err := d.Await(t.Context(), s)
			require.NoError(t, err)
			require.Equal(t, tt.want, ready.Outputs["PublicIP"].String() != "", "public address with %q", tt.public)
			require.Equal(t, tt.want, ready.Outputs["PublicDNS"].String() != "")
			require.NotEmpty(t, ready.Outputs["PrivateIP"].String())
			require.NotEmpty(t, ready.Outputs["PrivateDNS"].String())
			require.Equal(t, subnet, ready.Outputs["Subnet"].String())
			require.Equal(t, "us-east-1b", ready.Outputs["Zone"].String())

			i := cloud.Instances()[len(cloud.Instances())-1]
			require.EqualValues(t, "t3.small", i.InstanceType)
			require.Equal(t, "ops", *i.KeyName)
			require.Equal(t, g.ID, *i.SecurityGroups[0].GroupId)
			require.Contains(t, *i.IamInstanceProfile.Arn, ":instance-profile/app")
			require.EqualValues(t, 2, *i.MetadataOptions.HttpPutResponseHopLimit)
			require.EqualValues(t, 30, *cloud.Volumes()[len(cloud.Volumes())-1].Size)
		}
	})
}

// TestTheRequestIsAPureFunction would fail if a map's order got into the request: EC2 would refuse the token.
func TestTheRequestIsAPureFunction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// The first answer shows nothing for so long that each later create has to ask for the instance by its token.
		cloud := ec2test.New(func(o *ec2test.Options) { o.Lag = 10 * time.Minute })
		d := ec2driver.New(cloud.Client())
		spec := web()
		spec.Environment = map[string]provision.Text{}
		for _, name := range []string{"A", "B", "C", "D", "E", "F", "G", "H"} {
			spec.Environment[name] = provision.Text("value of " + name)
		}
		for range 4 {
			_, _ = d.Create(t.Context(), call(spec)) // EC2 does not know the instance for longer than a driver waits
		}
		requests := labOf(cloud, d).Sent("RunInstances")
		require.Greater(t, len(requests), 1)
		for _, in := range requests {
			require.Equal(t, requests[0], in)
			require.LessOrEqual(t, len(*in.(*ec2.RunInstancesInput).ClientToken), 64)
		}
		require.Len(t, cloud.Instances(), 1)
	})
}

func TestAnotherRequestInTheSameAttemptIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(func(o *ec2test.Options) { o.Lag = 10 * time.Minute })
		d := ec2driver.New(cloud.Client())
		_, err := d.Create(t.Context(), call(web()))
		require.Error(t, err)
		other := web()
		other.Type = "t3.small"
		_, err = d.Create(t.Context(), call(other))
		var api smithy.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, "IdempotentParameterMismatch", api.ErrorCode())
		require.ErrorContains(t, err, "terminate the environment")
	})
}

func TestADeadInstanceIsReplacedOnce(t *testing.T) {
	t.Parallel()
	for _, answer := range []ec2test.DeadTokens{ec2test.AnswerState, ec2test.AnswerPending, ec2test.AnswerRefusal} {
		for _, tt := range []struct {
			name string
			wait time.Duration // after its death
		}{
			{"while it is still shown", 11 * time.Minute},
			{"when it is forgotten, but its token is not", 2 * time.Hour},
			{"when its token is forgotten too", 48 * time.Hour},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					cloud := ec2test.New(wire, func(o *ec2test.Options) { o.DeadTokens = answer })
					d := ec2driver.New(cloud.Client())
					var ids []string
					for range 3 {
						s, err := d.Create(t.Context(), call(web()))
						require.NoError(t, err)
						require.NotContains(t, ids, s.ID, "a dead instance was taken for the node's own")
						ids = append(ids, s.ID)
						again, err := d.Create(t.Context(), call(web()))
						require.NoError(t, err)
						require.Equal(t, s.ID, again.ID)
						_, err = d.Await(t.Context(), s)
						require.NoError(t, err)
						require.Len(t, cloud.LiveInstances(), 1)
						labOf(cloud, d).Gone(t.Context(), t, s)
						time.Sleep(tt.wait)
					}
				})
			})
		}
	}
}

// TestDeployersThatSeeDifferentDead end at one token, however few of the dead instances each sees.
func TestDeployersThatSeeDifferentDead(t *testing.T) {
	t.Parallel()
	for _, answer := range []ec2test.DeadTokens{ec2test.AnswerState, ec2test.AnswerPending, ec2test.AnswerRefusal} {
		synctest.Test(t, func(t *testing.T) {
			cloud := ec2test.New(func(o *ec2test.Options) { o.DeadTokens = answer })
			d := ec2driver.New(cloud.Client())
			first, err := d.Create(t.Context(), call(web()))
			require.NoError(t, err)
			labOf(cloud, d).Gone(t.Context(), t, first)
			time.Sleep(50 * time.Minute)
			second, err := d.Create(t.Context(), call(web()))
			require.NoError(t, err)
			labOf(cloud, d).Gone(t.Context(), t, second)
			time.Sleep(15 * time.Minute) // the first is forgotten, the second is still shown
			require.Len(t, cloud.Instances(), 1)
			third, err := d.Create(t.Context(), call(web()))
			require.NoError(t, err)
			require.NotContains(t, []string{first.ID, second.ID}, third.ID)
			require.Len(t, cloud.LiveInstances(), 1)
		})
	}
}

// TestOfSeveralInstancesAllDeployersPickTheSame is about what client tokens prevent on AWS, but not on an emulator that
// ignores them.
func TestOfSeveralInstancesAllDeployersPickTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		var ids []string
		for range 3 {
			id, err := cloud.AddInstance(call(web()).Tags())
			require.NoError(t, err)
			ids = append(ids, id)
			time.Sleep(time.Second)
		}
		pick := func() string {
			s, err := d.Create(t.Context(), call(web()))
			require.NoError(t, err)
			return s.ID
		}
		require.Equal(t, ids[0], pick(), "the eldest")
		require.ErrorIs(t, d.Delete(t.Context(), provision.State{Kind: kinds.InstanceKind, ID: ids[0], Owner: owner, Node: "web"}),
			provision.ErrDeleting)
		require.Equal(t, ids[1], pick(), "the eldest that lives")
	})
}

func TestACrashAtAnyCallLeavesOneInstance(t *testing.T) {
	t.Parallel()
	for k := 1; ; k++ {
		crashed := false
		for _, when := range []sim.When{sim.Before, sim.After} {
			synctest.Test(t, func(t *testing.T) {
				cloud := ec2test.New(wire)
				first := cloud.Cloud().Process("first")
				first.CrashAt(k, when)
				d := ec2driver.New(ec2.NewFromConfig(first.Config()))
				s, err := d.Create(t.Context(), call(web()))
				if err == nil {
					_, err = d.Await(t.Context(), s)
				}
				crashed = first.Crashed()
				require.Equal(t, crashed, err != nil)

				d = ec2driver.New(cloud.Client())
				s, err = d.Create(t.Context(), call(web()))
				require.NoError(t, err)
				_, err = d.Await(t.Context(), s)
				require.NoError(t, err)
				require.Len(t, cloud.Instances(), 1, "call %d, crash %v", k, when)
			})
		}
		if !crashed {
			require.Greater(t, k, 4)
			return
		}
	}
}

func TestALostReplyMakesNoSecondInstance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		cloud.Cloud().Inject(sim.Fault{Match: sim.On("EC2", "RunInstances"), Times: 3, Kind: sim.LostReply})
		// Without retries of the SDK's, the deployer itself has to come again.
		d := ec2driver.New(cloud.Client(), func(o *ec2driver.Options) { o.Retryer = aws.NopRetryer{} })
		for range 3 {
			_, err := d.Create(t.Context(), call(web()))
			if err == nil {
				break // it sees the instance, and asks no more
			}
		}
		require.Len(t, cloud.Instances(), 1)
		s, err := d.Create(t.Context(), call(web()))
		require.NoError(t, err)
		require.Equal(t, *cloud.Instances()[0].InstanceId, s.ID)
	})
}

func TestAnInstanceThatWillNotBeReady(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		end    func(cloud *ec2test.EC2, id string) error
		checks bool
		start  *types.StateReason
		want   ec2driver.InstanceError
		gone   bool
	}{
		{
			name:  "does not start",
			start: &types.StateReason{Code: aws.String("Client.InvalidKMSKey.InvalidState"), Message: aws.String("the key is disabled")},
			want:  ec2driver.InstanceError{State: "terminated", Code: "Client.InvalidKMSKey.InvalidState", Reason: "the key is disabled"},
			gone:  true,
		},
		{
			name: "is terminated by AWS",
			end: func(cloud *ec2test.EC2, id string) error {
				return cloud.Kill(id, "Server.InternalError", "an internal error")
			},
			want: ec2driver.InstanceError{State: "terminated", Code: "Server.InternalError", Reason: "an internal error"},
			gone: true,
		},
		{
			name: "is stopped by somebody",
			end:  func(cloud *ec2test.EC2, id string) error { return cloud.Stop(id) },
			want: ec2driver.InstanceError{State: "stopped", Code: "Client.UserInitiatedShutdown",
				Reason: "Client.UserInitiatedShutdown: User initiated shutdown"},
		},
		{
			name:   "fails a status check",
			end:    func(cloud *ec2test.EC2, id string) error { return cloud.Impair(id) },
			checks: true,
			want:   ec2driver.InstanceError{State: "impaired"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cloud := ec2test.New(func(o *ec2test.Options) {
					o.Start = func(*ec2.RunInstancesInput) *types.StateReason { return tt.start }
				})
				d := ec2driver.New(cloud.Client(), func(o *ec2driver.Options) { o.StatusChecks = tt.checks })
				s, err := d.Create(t.Context(), call(web()))
				require.NoError(t, err)
				if tt.end != nil {
					require.NoError(t, tt.end(cloud, s.ID))
				}
				started := time.Now()
				_, err = d.Await(t.Context(), s)
				require.Less(t, time.Since(started), time.Minute, "at once, not when time is up")
				var failed *ec2driver.InstanceError
				require.ErrorAs(t, err, &failed)
				if tt.want.Reason == "" {
					tt.want.Reason = failed.Reason
					require.Contains(t, failed.Reason, "status check failed")
				}
				tt.want.ID = s.ID
				require.Equal(t, tt.want, *failed)
				require.Equal(t, tt.gone, errors.Is(err, provision.ErrGone))
				require.Len(t, cloud.Instances(), 1, "it is not replaced behind anybody's back")
			})
		})
	}
}

func TestStatusChecksAreWaitedForWhenAsked(t *testing.T) {
	t.Parallel()
	for _, checks := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			cloud := ec2test.New()
			d := ec2driver.New(cloud.Client(), func(o *ec2driver.Options) { o.StatusChecks = checks })
			s, err := d.Create(t.Context(), call(web()))
			require.NoError(t, err)
			started := time.Now()
			_, err = d.Await(t.Context(), s)
			require.NoError(t, err)
			require.Equal(t, checks, time.Since(started) > 2*time.Minute)
		})
	}
}

func TestAnInstanceThatIsPendingForEverIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(func(o *ec2test.Options) { o.Boot = 24 * time.Hour })
		d := ec2driver.New(cloud.Client())
		s, err := d.Create(t.Context(), call(web()))
		require.NoError(t, err)
		_, err = d.Await(t.Context(), s)
		require.ErrorContains(t, err, s.ID)
		require.ErrorContains(t, err, "took too long (15m0s)")
	})
}

func TestTerminationProtectionIsNotOursToSwitchOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		s, err := d.Create(t.Context(), call(web()))
		require.NoError(t, err)
		require.NoError(t, cloud.Protect(s.ID, true))
		err = d.Delete(t.Context(), s)
		var api smithy.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, "OperationNotPermitted", api.ErrorCode())
		require.ErrorContains(t, err, "termination protection")
		require.NotErrorIs(t, err, provision.ErrDeleting)
		require.NotErrorIs(t, err, provision.ErrBusy)
		require.NoError(t, cloud.Protect(s.ID, false))
		labOf(cloud, d).Gone(t.Context(), t, s)
	})
}

func TestDeleteBelievesTheTags(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		for _, tags := range []map[string]string{
			nil,
			tagsOf(func(o *provision.Owner) { o.Registry = "r2" }),
			tagsOf(func(o *provision.Owner) { o.Attempt = "a2" }),
			provision.Call{Owner: owner, Node: "other"}.Tags(),
		} {
			id, err := cloud.AddInstance(tags)
			require.NoError(t, err)
			err = d.Delete(t.Context(), provision.State{Kind: kinds.InstanceKind, ID: id, Owner: owner, Node: "web"})
			require.ErrorIs(t, err, provision.ErrForeign)
		}
		require.Len(t, cloud.LiveInstances(), 4)
		require.Empty(t, ops(cloud), "nothing was asked for")
	})
}

func TestAMistakeThatOnlyEC2SeesIsPassedOn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*kinds.Instance)
		code   string
		text   string
	}{
		{"image", func(i *kinds.Instance) { i.Image = "ami-00000000" }, "InvalidAMIID.NotFound", "ami-00000000"},
		{"type", func(i *kinds.Instance) { i.Type = "x9.huge" }, "InvalidParameterValue", "x9.huge"},
		{"subnet", func(i *kinds.Instance) { i.Subnet = "subnet-00000000" }, "InvalidSubnetID.NotFound", "subnet-00000000"},
		{"profile", func(i *kinds.Instance) { i.Profile = "nobody" }, "InvalidParameterValue", "nobody"},
		{"key", func(i *kinds.Instance) { i.KeyName = "lost" }, "InvalidKeyPair.NotFound", "lost"},
		{"group", func(i *kinds.Instance) { i.SecurityGroups = []provision.Text{"sg-00000000"} }, "InvalidGroup.NotFound", "sg-00000000"},
		{"small disk", func(i *kinds.Instance) { i.RootGiB = 4 }, "", "4 is less than the 8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cloud := ec2test.New()
				spec := web()
				tt.change(&spec)
				require.NoError(t, spec.Validate())
				started := time.Now()
				_, err := ec2driver.New(cloud.Client()).Create(t.Context(), call(spec))
				require.ErrorContains(t, err, tt.text)
				require.ErrorContains(t, err, `node "web"`)
				if tt.code != "" {
					var api smithy.APIError
					require.ErrorAs(t, err, &api)
					require.Equal(t, tt.code, api.ErrorCode())
				}
				require.LessOrEqual(t, time.Since(started), time.Minute, "somebody is waiting to be told")
				require.Empty(t, cloud.Instances())
			})
		})
	}
}
