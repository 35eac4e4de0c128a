package wait

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// reasons is how many events the reason of a failure is made of.
const reasons = 3

// Reason is what the latest events of a thing say, oldest first, however they are listed; "" if there are none. Of an event, about tells when
// it was and what it says.
func Reason[E any](events []E, about func(E) (at *time.Time, message *string)) string {
	sorted := slices.SortedStableFunc(slices.Values(events), func(a, b E) int {
		earlier, _ := about(a)
		later, _ := about(b)
		return aws.ToTime(earlier).Compare(aws.ToTime(later))
	})
	var said []string
	for _, event := range sorted[max(0, len(sorted)-reasons):] {
		_, message := about(event)
		said = append(said, aws.ToString(message))
	}
	return strings.Join(said, "; ")
}
