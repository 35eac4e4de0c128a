package guard

import "fmt"

// KeepsData refuses to terminate an environment if data would be gone for good:
// messages in a queue, objects in a bucket.
//
// It needs [FactLosses], which is advisory: as of gathering. No batch can
// assert that a queue stays empty.
func KeepsData() Policy { return keepsData{} }

type keepsData struct{}

func (keepsData) Name() string { return "KeepsData" }

func (p keepsData) Judge(op Operation) Decision {
	if op.Action != ActionTerminate {
		return unconcerned(p, op)
	}
	reasons := unread(op, FactLosses)
	for _, loss := range op.Losses {
		reasons = append(reasons, fmt.Sprintf("%s would be lost; move the data away, or waive %s", loss, p.Name()))
	}
	return decide(p, reasons)
}
