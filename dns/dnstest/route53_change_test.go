package dnstest_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

// once sends each request once, so that a test sees what the SDK would retry.
func once(o *route53.Options) { o.Retryer = aws.NopRetryer{} }

func TestFiveRequestsASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, zoneID := newZone()
		client := r.Client(once)
		for i := range 6 {
			var err error
			if i%2 == 0 {
				_, err = client.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: &zoneID})
			} else {
				_, err = client.ListHostedZones(t.Context(), &route53.ListHostedZonesInput{})
			}
			if i < 5 {
				require.NoError(t, err)
				continue
			}
			var api smithy.APIError
			require.ErrorAs(t, err, &api)
			require.Equal(t, "Throttling", api.ErrorCode())
			require.Equal(t, "Rate exceeded", api.ErrorMessage())
		}
		time.Sleep(200 * time.Millisecond)
		_, err := client.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: &zoneID})
		require.NoError(t, err, "a fifth of a second makes room for one more")
	})
}

func TestOneBatchAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, zoneID := newZone(func(o *dnstest.Route53Options) { o.RequestsPerSecond = -1 })
		other := r.AddZone("example.org", false)
		client := r.Client(once)

		_, err := send(t.Context(), client, zoneID, create(note), create(note))
		require.NotEmpty(t, reasons(err))
		_, err = send(t.Context(), client, zoneID, create(www))
		require.NoError(t, err, "a refused batch does not keep the zone busy")
		_, err = send(t.Context(), client, zoneID, create(note))
		var busy *types.PriorRequestNotComplete
		require.ErrorAs(t, err, &busy)
		require.Equal(t, aws.TrueTernary, retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err))
		_, err = send(t.Context(), client, other, create(dnstest.Set("b.example.org", typeTXT, 60, `"x"`)))
		require.NoError(t, err, "another zone is not busy")
		_, err = client.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: &zoneID})
		require.NoError(t, err, "reading is never busy")
		require.NoError(t, r.Edit(zoneID, create(host)), "the stranger had waited for his turn")

		time.Sleep(300 * time.Millisecond)
		_, err = send(t.Context(), client, zoneID, create(note))
		require.NoError(t, err)
	})
}

func TestPendingThenInsync(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, zoneID := newZone()
		client := r.Client()
		status := func(id *string) types.ChangeStatus {
			out, err := client.GetChange(t.Context(), &route53.GetChangeInput{Id: id})
			require.NoError(t, err)
			require.Equal(t, "a test", aws.ToString(out.ChangeInfo.Comment))
			return out.ChangeInfo.Status
		}
		start := time.Now()
		first, err := send(t.Context(), client, zoneID, create(www))
		require.NoError(t, err)
		require.Equal(t, types.ChangeStatusPending, first.Status)
		require.WithinDuration(t, start, *first.SubmittedAt, time.Millisecond)
		require.Equal(t, types.ChangeStatusPending, status(first.Id))
		require.Len(t, r.Records(zoneID), 1, "a listing shows what is PENDING")
		require.Empty(t, r.Served(zoneID), "name servers do not")

		time.Sleep(10 * time.Second)
		second, err := send(t.Context(), client, zoneID, remove(www), create(wwwNew))
		require.NoError(t, err)
		time.Sleep(20 * time.Second)
		require.Equal(t, types.ChangeStatusInsync, status(first.Id))
		require.Equal(t, types.ChangeStatusPending, status(second.Id))
		target, ok := r.Resolve("www.example.com")
		require.True(t, ok)
		require.Equal(t, "blue.example.net", target)

		waiter := route53.NewResourceRecordSetsChangedWaiter(client, func(o *route53.ResourceRecordSetsChangedWaiterOptions) {
			o.MinDelay = 2 * time.Second
		})
		require.NoError(t, waiter.Wait(t.Context(), &route53.GetChangeInput{Id: second.Id}, time.Minute))
		target, _ = r.Resolve("www.example.com")
		require.Equal(t, "green.example.net", target)

		batches := r.Batches(zoneID)
		require.Len(t, batches, 2)
		require.Equal(t, "a test", batches[0].Comment)
		require.Equal(t, "/change/"+batches[1].ID, *second.Id)
		require.Equal(t, start.Add(30*time.Second), batches[0].InsyncAt)
		require.Equal(t, types.ChangeActionDelete, batches[1].Changes[0].Action)
		require.False(t, batches[1].Edit)
	})
}

func TestNoSuchThings(t *testing.T) {
	t.Parallel()
	r, _ := newZone(atOnce)
	client := r.Client()
	var zone *types.NoSuchHostedZone
	_, err := send(t.Context(), client, "Z0", create(www))
	require.ErrorAs(t, err, &zone)
	_, err = client.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: aws.String("Z0")})
	require.ErrorAs(t, err, &zone)
	_, err = client.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String("Z0")})
	require.ErrorAs(t, err, &zone)
	require.ErrorAs(t, r.Edit("Z0", create(www)), &zone)
	_, err = r.Failover("Z0")
	require.ErrorAs(t, err, &zone)
	_, err = client.GetChange(t.Context(), &route53.GetChangeInput{Id: aws.String("C0")})
	var change *types.NoSuchChange
	require.ErrorAs(t, err, &change)
	require.Empty(t, r.AddZone("x..y", false))
	require.Nil(t, r.Records("Z0"))
}

func TestBothFormsOfInvalidChangeBatch(t *testing.T) {
	t.Parallel()
	refusal := func(shape dnstest.ErrorShape) func() *types.InvalidChangeBatch {
		r, zoneID := newZone(atOnce, func(o *dnstest.Route53Options) { o.Errors = shape })
		return func() *types.InvalidChangeBatch {
			_, err := send(t.Context(), r.Client(), zoneID, remove(www), remove(note))
			var invalid *types.InvalidChangeBatch
			require.ErrorAs(t, err, &invalid)
			return invalid
		}
	}
	want := []string{
		"Tried to delete resource record set [name='www.example.com.', type='CNAME'] but it was not found",
		"Tried to delete resource record set [name='note.example.com.', type='TXT'] but it was not found",
	}
	err := refusal(dnstest.ErrorsInMessage)()
	require.Empty(t, err.Messages)
	require.Equal(t, "["+want[0]+", "+want[1]+"]", *err.Message)

	err = refusal(dnstest.ErrorsInMessages)()
	require.Equal(t, want, err.Messages)
	require.Equal(t, "ChangeBatch errors occurred", *err.Message)

	mixed, forms := refusal(dnstest.ErrorsMixed), map[bool]int{}
	for range 20 {
		forms[len(mixed().Messages) > 0]++
	}
	require.Len(t, forms, 2, "both forms occur")
}

// TestLostReply is the reason for nonces: the SDK sends a batch again whose reply was lost, and the second one is refused
// although the first has won.
func TestLostReply(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, zoneID := newZone()
		require.NoError(t, r.Edit(zoneID, create(www)))
		r.Inject(dnstest.Fault{Match: dnstest.On("ChangeResourceRecordSets"), Times: 1, Kind: dnstest.LostReply})
		// A retry within the first 300 ms finds the zone busy with the batch that has won; three attempts may not be enough.
		client := r.Client(func(o *route53.Options) { o.RetryMaxAttempts = 10 })
		_, err := send(t.Context(), client, zoneID, remove(www), create(wwwNew))
		require.Contains(t, reasons(err), "do not match the current values")
		require.Equal(t, "green.example.net", *r.Records(zoneID)[0].ResourceRecords[0].Value)

		calls := r.Calls()
		require.True(t, calls[0].Effect)
		require.Equal(t, "lost reply", calls[0].Fault)
		require.False(t, calls[len(calls)-1].Effect)
		require.Len(t, r.Batches(zoneID), 2)
		require.True(t, r.Batches(zoneID)[0].Edit)
	})
}

func TestOneOfManyWins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const racers = 50
		r, zoneID := newZone(func(o *dnstest.Route53Options) { o.RequestsPerSecond = 1000 })
		require.NoError(t, r.Edit(zoneID, create(note)))
		var won, lost atomic.Int32
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				client := r.Client(func(o *route53.Options) {
					o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) { s.MaxAttempts = 100 })
				})
				mine := dnstest.Set("note.example.com", typeTXT, 60, `"rev=`+strconv.Itoa(i+2)+`"`)
				switch _, err := send(t.Context(), client, zoneID, remove(note), create(mine)); {
				case err == nil:
					won.Add(1)
				case reasons(err) != "":
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, won.Load())
		require.EqualValues(t, racers-1, lost.Load())
	})
}

func TestFailoverTakesBackWhatWasNotInsync(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, zoneID := newZone()
		client := r.Client()
		_, err := send(t.Context(), client, zoneID, create(www))
		require.NoError(t, err)
		time.Sleep(time.Minute)
		won, err := send(t.Context(), client, zoneID, remove(www), create(wwwNew), create(note))
		require.NoError(t, err)

		lost, err := r.Failover(zoneID)
		require.NoError(t, err)
		require.Equal(t, []string{(*won.Id)[len("/change/"):]}, lost)
		records := r.Records(zoneID)
		require.Len(t, records, 1)
		require.Equal(t, "blue.example.net", *records[0].ResourceRecords[0].Value)
		require.True(t, r.Batches(zoneID)[1].Lost)

		time.Sleep(time.Hour)
		out, err := client.GetChange(t.Context(), &route53.GetChangeInput{Id: won.Id})
		require.NoError(t, err)
		require.Equal(t, types.ChangeStatusPending, out.ChangeInfo.Status, "it never becomes INSYNC")
		_, err = send(t.Context(), client, zoneID, remove(www), create(wwwNew), create(note))
		require.NoError(t, err, "the same change can be made again")
		require.Len(t, r.Served(zoneID), 1)
		time.Sleep(time.Hour)
		require.Len(t, r.Served(zoneID), 2)

		_, err = r.Failover(r.AddZone("example.com", true))
		require.ErrorIs(t, err, dnstest.ErrPrivateZone)
	})
}

func TestZoneLimit(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce, func(o *dnstest.Route53Options) { o.MaxRecordSets = 4 })
	client := r.Client()
	_, err := send(t.Context(), client, zoneID, create(www), create(note))
	require.NoError(t, err, "NS and SOA count as well")
	_, err = send(t.Context(), client, zoneID, create(host))
	require.Contains(t, reasons(err), "MAX_RRSETS_BY_ZONE=4")
	_, err = send(t.Context(), client, zoneID, remove(note), create(host))
	require.NoError(t, err, "what counts is the zone after the batch")
}

func TestComment(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce)
	batch := func(n int) error {
		_, err := r.Client().ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{
			HostedZoneId: &zoneID,
			ChangeBatch: &types.ChangeBatch{
				Comment: aws.String(string(make([]byte, n))),
				Changes: []types.Change{upsert(note)},
			},
		})
		return err
	}
	require.NoError(t, batch(256))
	var invalid *types.InvalidInput
	require.ErrorAs(t, batch(257), &invalid)
}

func TestCallersCannotReachTheState(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce)
	set := dnstest.Set("note.example.com", typeTXT, 60, `"rev=1"`)
	require.NoError(t, r.Edit(zoneID, create(set)))
	*set.ResourceRecords[0].Value = "scribble"
	*r.Records(zoneID)[0].TTL = 1
	out, err := r.Client().ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: &zoneID})
	require.NoError(t, err)
	for _, set := range out.ResourceRecordSets {
		*set.Name = "scribble"
	}
	*r.Batches(zoneID)[0].Changes[0].ResourceRecordSet.TTL = 1
	want := dnstest.Set("note.example.com.", typeTXT, 60, `"rev=1"`)
	require.Equal(t, []types.ResourceRecordSet{want}, r.Records(zoneID))
}
