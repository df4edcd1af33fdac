package main

import (
	"context"
	"net/url"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
)

// attachTags creates category "backup" with tags "daily" and "weekly". Every second VM gets the
// first one, every fifth the second as well; the rest has none.
func attachTags(server *url.URL) error {
	ctx := context.Background()
	client, err := govmomi.NewClient(ctx, server, true) // our own server, just started: nothing to verify
	if err != nil {
		return err
	}
	defer func() { _ = client.Logout(ctx) }()
	api := rest.NewClient(client.Client)
	if err := api.Login(ctx, server.User); err != nil {
		return err
	}
	defer func() { _ = api.Logout(ctx) }()
	manager := tags.NewManager(api)
	category, err := manager.CreateCategory(ctx, &tags.Category{Name: "backup", Cardinality: "MULTIPLE"})
	if err != nil {
		return err
	}
	for step, name := range map[int]string{2: "daily", 5: "weekly"} {
		tag, err := manager.CreateTag(ctx, &tags.Tag{Name: name, CategoryID: category})
		if err != nil {
			return err
		}
		for i, vm := range machines() {
			if i%step == 0 {
				if err := manager.AttachTag(ctx, tag, vm.Self); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
