package ec2test

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// A template is a launch template with its one version. EC2 hardly looks at what is in it before it launches something.
type template struct {
	age
	id, name string
	tags     []types.Tag
	data     *types.RequestLaunchTemplateData
}

// templateUse is what a client token was first used for. The template may have been deleted meanwhile.
type templateUse struct {
	in  *ec2.CreateLaunchTemplateInput
	out *ec2.CreateLaunchTemplateOutput
}

// templateName is the alphabet of names (API reference, CreateLaunchTemplate).
var templateName = regexp.MustCompile(`^[a-zA-Z0-9().\-/_]{3,128}$`)

const (
	maxTemplateToken = 128
	maxTemplatePage  = 200
)

func (w *world) createLaunchTemplate(in *ec2.CreateLaunchTemplateInput) (*ec2.CreateLaunchTemplateOutput, error) {
	token := aws.ToString(in.ClientToken)
	if use := w.templateTokens[token]; use != nil && token != "" {
		if !reflect.DeepEqual(use.in, in) {
			return nil, refuse("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with "+
				"arguments used in previous request(s).")
		}
		return use.out, nil
	}
	tags, err := w.checkTemplate(in)
	if err != nil {
		return nil, err
	}
	for _, t := range w.templates {
		if t.name == *in.LaunchTemplateName {
			return nil, refuse("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
		}
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	t := &template{age: w.birth(), id: w.id("lt"), name: *in.LaunchTemplateName, tags: tags, data: in.LaunchTemplateData}
	w.templates[t.id] = t
	shown := w.showTemplate(t)
	shown.Tags = slices.Clone(t.tags)
	out := &ec2.CreateLaunchTemplateOutput{LaunchTemplate: &shown}
	w.templateTokens[token] = &templateUse{in: in, out: out}
	return out, nil
}

// checkTemplate returns the tags of the template.
func (w *world) checkTemplate(in *ec2.CreateLaunchTemplateInput) ([]types.Tag, error) {
	if len(aws.ToString(in.ClientToken)) > maxTemplateToken {
		return nil, refuse("InvalidParameterValue", fmt.Sprintf("Value (%s) for parameter clientToken is invalid. "+
			"It may have up to %d ASCII characters", *in.ClientToken, maxTemplateToken))
	}
	if !templateName.MatchString(*in.LaunchTemplateName) {
		return nil, refuse("InvalidLaunchTemplateName.MalformedException", "A launch template name must be between 3 and 128 "+
			"characters, and may contain letters, numbers, and the following characters: - ( ) . / _.")
	}
	tags, err := birthTags(in.TagSpecifications, types.ResourceTypeLaunchTemplate)
	if err != nil {
		return nil, err
	}
	run, err := runInput(in.LaunchTemplateData)
	if err != nil {
		return nil, err
	}
	if _, err := birthTags(run.TagSpecifications, launched...); err != nil {
		return nil, err
	}
	if _, err := base64.StdEncoding.DecodeString(aws.ToString(run.UserData)); err != nil {
		return nil, refuse("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
	}
	return tags[types.ResourceTypeLaunchTemplate], nil
}

// launched is what a launch template can give tags to.
var launched = []types.ResourceType{types.ResourceTypeInstance, types.ResourceTypeVolume, types.ResourceTypeNetworkInterface}

// runInput says what a template says in the words of RunInstances. What is not simulated is refused.
func runInput(data *types.RequestLaunchTemplateData) (*ec2.RunInstancesInput, error) {
	known := []string{
		"BlockDeviceMappings", "DisableApiTermination", "IamInstanceProfile", "ImageId", "InstanceType", "KeyName",
		"MetadataOptions", "NetworkInterfaces", "SecurityGroupIds", "TagSpecifications", "UserData",
	}
	v := reflect.ValueOf(data).Elem()
	for n := range v.NumField() {
		f := v.Type().Field(n)
		if f.IsExported() && !v.Field(n).IsZero() && !slices.Contains(known, f.Name) {
			return nil, refuse("NotSimulated", "the simulated launch template does not know the parameter "+f.Name)
		}
	}
	run := &ec2.RunInstancesInput{
		MinCount: aws.Int32(1), MaxCount: aws.Int32(1), ImageId: data.ImageId, InstanceType: data.InstanceType,
		KeyName: data.KeyName, UserData: data.UserData, SecurityGroupIds: data.SecurityGroupIds,
		DisableApiTermination: data.DisableApiTermination,
	}
	if p := data.IamInstanceProfile; p != nil {
		run.IamInstanceProfile = &types.IamInstanceProfileSpecification{Arn: p.Arn, Name: p.Name}
	}
	if m := data.MetadataOptions; m != nil {
		run.MetadataOptions = &types.InstanceMetadataOptionsRequest{
			HttpEndpoint: types.InstanceMetadataEndpointState(m.HttpEndpoint),
			HttpTokens:   types.HttpTokensState(m.HttpTokens), HttpPutResponseHopLimit: m.HttpPutResponseHopLimit,
		}
	}
	for _, disk := range data.BlockDeviceMappings {
		mapping := types.BlockDeviceMapping{DeviceName: disk.DeviceName}
		if disk.Ebs != nil {
			mapping.Ebs = &types.EbsBlockDevice{
				DeleteOnTermination: disk.Ebs.DeleteOnTermination, Encrypted: disk.Ebs.Encrypted, VolumeSize: disk.Ebs.VolumeSize,
			}
		}
		run.BlockDeviceMappings = append(run.BlockDeviceMappings, mapping)
	}
	for _, card := range data.NetworkInterfaces {
		run.NetworkInterfaces = append(run.NetworkInterfaces, types.InstanceNetworkInterfaceSpecification{
			DeviceIndex: card.DeviceIndex, AssociatePublicIpAddress: card.AssociatePublicIpAddress,
			DeleteOnTermination: card.DeleteOnTermination, Groups: card.Groups, SubnetId: card.SubnetId,
		})
	}
	for _, spec := range data.TagSpecifications {
		run.TagSpecifications = append(run.TagSpecifications, types.TagSpecification{ResourceType: spec.ResourceType, Tags: spec.Tags})
	}
	return run, nil
}

func (w *world) describeLaunchTemplates(in *ec2.DescribeLaunchTemplatesInput) (*ec2.DescribeLaunchTemplatesOutput, error) {
	for _, id := range in.LaunchTemplateIds {
		if _, err := w.template(&id, nil); err != nil {
			return nil, err
		}
	}
	for _, name := range in.LaunchTemplateNames {
		if _, err := w.template(nil, &name); err != nil {
			return nil, err
		}
	}
	var found []*template
	for _, t := range inOrder(w.templates, templateSeq) {
		ok, err := matches(in.Filters, func(name string) ([]string, bool) {
			if name == "launch-template-name" {
				return []string{t.name}, true
			}
			return tagFilter(name, w.shownTags(t.age, t.tags))
		})
		if err != nil {
			return nil, err
		}
		if ok && w.isKnown(t.age) && wanted(in.LaunchTemplateIds, t.id) && wanted(in.LaunchTemplateNames, t.name) {
			found = append(found, t)
		}
	}
	found, next, err := pageWithin(w, found, templateSeq, in.MaxResults, in.NextToken, 1, maxTemplatePage)
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeLaunchTemplatesOutput{NextToken: next}
	for _, t := range found {
		out.LaunchTemplates = append(out.LaunchTemplates, w.showTemplate(t))
	}
	return out, nil
}

func templateSeq(t *template) int { return t.seq }

// template finds the template that a call addresses by id or by name.
func (w *world) template(id, name *string) (*template, error) {
	if (id == nil) == (name == nil) {
		return nil, refuse("MissingParameter", "You must specify either the launch template ID or the launch template name, but not both.")
	}
	if id != nil {
		if err := wellFormed(*id, "lt", "InvalidLaunchTemplateId.Malformed"); err != nil {
			return nil, err
		}
		if t := w.templates[*id]; t != nil && w.isKnown(t.age) {
			return t, nil
		}
		return nil, refuse("InvalidLaunchTemplateId.NotFound",
			fmt.Sprintf("The specified launch template, with template ID %s, does not exist.", *id))
	}
	for _, t := range w.templates {
		if t.name == *name && w.isKnown(t.age) {
			return t, nil
		}
	}
	return nil, refuse("InvalidLaunchTemplateName.NotFoundException",
		fmt.Sprintf("The specified launch template, with template name %s, does not exist.", *name))
}

func (w *world) showTemplate(t *template) types.LaunchTemplate {
	return types.LaunchTemplate{
		LaunchTemplateId: aws.String(t.id), LaunchTemplateName: aws.String(t.name), CreateTime: aws.Time(t.born.UTC()),
		CreatedBy:            aws.String("arn:aws:iam::" + w.account() + ":root"),
		DefaultVersionNumber: aws.Int64(1), LatestVersionNumber: aws.Int64(1), Tags: w.shownTags(t.age, t.tags),
	}
}

// deleteLaunchTemplate asks nobody whether the template is in use.
func (w *world) deleteLaunchTemplate(in *ec2.DeleteLaunchTemplateInput) (*ec2.DeleteLaunchTemplateOutput, error) {
	t, err := w.template(in.LaunchTemplateId, in.LaunchTemplateName)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	delete(w.templates, t.id)
	shown := w.showTemplate(t)
	return &ec2.DeleteLaunchTemplateOutput{LaunchTemplate: &shown}, nil
}
