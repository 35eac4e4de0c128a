package ccdriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs of Cloud Control, which knows neither resources nor tags in policies. Cloud
// Control calls the services behind it in the name of its caller, who needs their actions too: the schema of each type lists
// them, under handlers. Give them to [provision.Policy] by a [provision.Actor] of your own, and they are what limits the reach.
func (d *Driver) Actions() []provision.Action {
	return []provision.Action{
		{Name: "cloudformation:CreateResource"},
		{Name: "cloudformation:DeleteResource"},
		{Name: "cloudformation:GetResource"},
		{Name: "cloudformation:GetResourceRequestStatus"},
		{Name: "cloudformation:ListResourceRequests"},
		{Name: "cloudformation:ListResources"},
	}
}
