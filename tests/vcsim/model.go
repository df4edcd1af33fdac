package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"sort"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// buildModel makes the inventory. The model is returned beside an error too: its temporary
// directories must go in either case.
func buildModel(o options) (*simulator.Model, error) {
	model := simulator.VPX()
	if o.load != "" {
		return model, loadRecording(model, o.load)
	}
	low, high, err := parseRange(o.snapshots)
	if err != nil {
		return nil, err
	}
	pools := o.dc * o.clusters
	if o.dc < 1 || o.clusters < 1 || o.hosts < 1 || o.vms < 1 || o.disks < 1 {
		return nil, fmt.Errorf("--dc, --clusters, --hosts, --vms and --disks must be 1 or more")
	}
	if o.esx {
		model = simulator.ESX()
		pools = 1
	} else {
		model.Datacenter, model.Cluster, model.ClusterHost, model.Host = o.dc, o.clusters, o.hosts, 0
	}
	model.Machine = (o.vms + pools - 1) / pools
	if err := model.Create(); err != nil {
		return model, err
	}
	log.SetOutput(io.Discard) // the library reports each snapshot file name that it finds taken
	defer log.SetOutput(os.Stderr)
	ctx := context.Background()
	client, err := vim25.NewClient(ctx, model.Service)
	if err != nil {
		return model, err
	}
	vms := machines()
	for _, surplus := range vms[o.vms:] {
		if err := destroy(ctx, object.NewVirtualMachine(client, surplus.Self)); err != nil {
			return model, err
		}
	}
	enlargeDatastores()
	for i, vm := range vms[:o.vms] {
		if err := growChain(ctx, client, vm, plan{index: i, low: low, high: high, disks: o.disks, seed: o.seed}); err != nil {
			return model, fmt.Errorf("snapshots of %s: %w", vm.Name, err)
		}
	}
	return model, nil
}

func parseRange(text string) (low, high int, err error) {
	if n, _ := fmt.Sscanf(text, "%d-%d", &low, &high); n == 1 {
		high = low
	} else if n == 0 {
		return 0, 0, fmt.Errorf("--snapshots %q is not MIN-MAX", text)
	}
	if low < 0 || high < low || high > 31 {
		return 0, 0, fmt.Errorf("--snapshots %q: 0 <= MIN <= MAX <= 31 is needed", text)
	}
	return low, high, nil
}

// machines lists the VMs in the order of their ids: the registry is a map and has none.
func machines() []*simulator.VirtualMachine {
	var vms []*simulator.VirtualMachine
	for _, entity := range simulator.Map.All("VirtualMachine") {
		vms = append(vms, entity.(*simulator.VirtualMachine))
	}
	sort.Slice(vms, func(i, j int) bool {
		a, b := vms[i].Self.Value, vms[j].Self.Value
		return len(a) < len(b) || (len(a) == len(b) && a < b)
	})
	return vms
}

func destroy(ctx context.Context, vm *object.VirtualMachine) error {
	if task, err := vm.PowerOff(ctx); err == nil {
		_ = task.Wait(ctx)
	}
	task, err := vm.Destroy(ctx)
	if err != nil {
		return err
	}
	return task.Wait(ctx)
}

// enlargeDatastores turns the library's view of a directory into a datastore that could hold the
// disks that growChain claims to lie on it.
func enlargeDatastores() {
	for _, entity := range simulator.Map.All("Datastore") {
		datastore := entity.(*simulator.Datastore)
		datastore.Summary.Type = "VMFS"
		datastore.Summary.Capacity, datastore.Summary.FreeSpace = 64<<40, 21<<40
		datastore.Info.GetDatastoreInfo().FreeSpace = datastore.Summary.FreeSpace
		datastore.Capability.SeSparseSupported = types.NewBool(true)
		datastore.Capability.VmfsSparseSupported = types.NewBool(true)
		datastore.Capability.NativeSnapshotSupported = types.NewBool(false)
	}
}

// sparing is the library's AuthorizationManager, which grants everything, less some privileges.
type sparing struct {
	*simulator.AuthorizationManager
	denied map[string]bool
}

func denyPrivileges(list string) {
	manager := simulator.Map.Get(*serviceContent().AuthorizationManager).(*simulator.AuthorizationManager)
	denied := map[string]bool{}
	for _, id := range strings.Split(list, ",") {
		denied[strings.TrimSpace(id)] = true
	}
	simulator.Map.Put(&sparing{manager, denied})
}

func serviceContent() types.ServiceContent {
	return simulator.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content
}

// Reference resolves which of the embedded ones is meant.
func (s *sparing) Reference() types.ManagedObjectReference { return s.Self }

var _ mo.Reference = (*sparing)(nil)

// HasPrivilegeOnEntities answers as the library does, with the denied ones taken away.
func (s *sparing) HasPrivilegeOnEntities(req *types.HasPrivilegeOnEntities) soap.HasFault {
	body := s.AuthorizationManager.HasPrivilegeOnEntities(req).(*methods.HasPrivilegeOnEntitiesBody)
	for i := range body.Res.Returnval {
		rights := body.Res.Returnval[i].PrivAvailability
		for j := range rights {
			rights[j].IsGranted = !s.denied[rights[j].PrivId]
		}
	}
	return body
}
