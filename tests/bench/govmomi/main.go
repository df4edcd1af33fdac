// What a program on govmomi's client does to get what `deltakeep scan` gets: same properties, pages of 100.
//
//	govmomi_scan URL USER EXPECTED_VMS PATH...        the password comes in PEER_PASSWORD
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// layers counts the files of a disk, running point first.
func layers(backing *types.VirtualDiskFlatVer2BackingInfo) int {
	count := 0
	for ; backing != nil; backing = backing.Parent {
		count++
	}
	return count
}

func scan(address, user string, paths []string) (vms, files int, err error) {
	ctx := context.Background()
	at, err := url.Parse(address)
	if err != nil {
		return 0, 0, err
	}
	at.User = url.UserPassword(user, os.Getenv("PEER_PASSWORD"))
	client, err := govmomi.NewClient(ctx, at, true) // the peer's trust is not what is measured
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = client.Logout(ctx) }()
	content := client.ServiceContent
	container, err := view.NewManager(client.Client).CreateContainerView(ctx, content.RootFolder, []string{"VirtualMachine"}, true)
	if err != nil {
		return 0, 0, err
	}
	request := types.RetrievePropertiesEx{
		This: content.PropertyCollector,
		SpecSet: []types.PropertyFilterSpec{{
			PropSet: []types.PropertySpec{{Type: "VirtualMachine", PathSet: paths}},
			ObjectSet: []types.ObjectSpec{{
				Obj: container.Reference(), Skip: types.NewBool(true),
				SelectSet: []types.BaseSelectionSpec{&types.TraversalSpec{Type: "ContainerView", Path: "view"}},
			}},
		}},
		Options: types.RetrieveOptions{MaxObjects: 100},
	}
	first, err := methods.RetrievePropertiesEx(ctx, client, &request)
	if err != nil {
		return 0, 0, err
	}
	for page := first.Returnval; page != nil; {
		for _, object := range page.Objects {
			vms++
			for _, property := range object.PropSet {
				devices, ok := property.Val.(types.ArrayOfVirtualDevice)
				if !ok {
					continue
				}
				for _, device := range devices.VirtualDevice {
					if backing, ok := device.GetVirtualDevice().Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok {
						files += layers(backing)
					}
				}
			}
		}
		if page.Token == "" {
			break
		}
		next, err := methods.ContinueRetrievePropertiesEx(ctx, client, &types.ContinueRetrievePropertiesEx{
			This: content.PropertyCollector, Token: page.Token})
		if err != nil {
			return vms, files, err
		}
		page = &next.Returnval
	}
	return vms, files, nil
}

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: govmomi_scan URL USER EXPECTED_VMS PATH...")
		os.Exit(2)
	}
	vms, files, err := scan(os.Args[1], os.Args[2], os.Args[4:])
	if expected, _ := strconv.Atoi(os.Args[3]); err == nil && vms != expected {
		err = fmt.Errorf("saw %d VMs, not %d", vms, expected)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "govmomi_scan:", err)
		os.Exit(1)
	}
	fmt.Println(vms, "VMs,", files, "layers")
}
