package main

import (
	"context"
	"fmt"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	mib = int64(1) << 20
	gib = int64(1) << 30
)

// plan says what one VM is to look like; the same plan gives the same VM.
type plan struct {
	index, low, high, disks int
	seed                    int64
}

var (
	roles = []string{"web", "app", "db", "mail", "file", "build", "erp", "dc"}
	// Names as people and products give them; vSphere escapes / \ and % in names when it sends them.
	snapshotNames = []string{"before patch", "pre-upgrade 8.0%2f8.1", "Snapshot %25", "nightly",
		"VM Snapshot 11%2f3%2f2026", "before schema change", "test", "keep - ask Ünal"}
)

// growChain gives a VM a name, disks, snapshots with times in the past, and the files that those
// snapshots would have left: seSparse deltas as a 6.7 server on VMFS6 shows them, base first in
// layoutEx, running point first in the backings.
func growChain(ctx context.Context, client *vim25.Client, vm *simulator.VirtualMachine, p plan) error {
	random := rand.New(rand.NewSource(p.seed*1_000_003 + int64(p.index)))
	if err := rename(vm, fmt.Sprintf("%s-%03d", roles[p.index%len(roles)], p.index+1)); err != nil {
		return err
	}
	addDisks(vm, 1+random.Intn(p.disks), random)

	count := p.low + random.Intn(p.high-p.low+1)
	machine := object.NewVirtualMachine(client, vm.Self)
	created := time.Now().UTC().Truncate(time.Microsecond).Add(-time.Duration(count*20) * time.Hour)
	layout := newLayout(vm)
	for i := 0; i < count; i++ {
		name := snapshotNames[random.Intn(len(snapshotNames))]
		memory := random.Intn(4) == 0
		task, err := machine.CreateSnapshot(ctx, name, "made for tests", memory, !memory && random.Intn(2) == 0)
		if err != nil {
			return err
		}
		info, err := task.WaitForResult(ctx, nil)
		if err != nil {
			return err
		}
		created = created.Add(time.Duration(1+random.Intn(18*60)) * time.Minute)
		redate(vm.Snapshot.RootSnapshotList, created, memory)
		layout.freeze(info.Result.(types.ManagedObjectReference), i+1, memory)
		layout.extend(i+1, random)
	}
	layout.apply()
	return nil
}

// rename moves the VM's directory as well, so that the paths read like those of a VM made under
// that name.
func rename(vm *simulator.VirtualMachine, name string) error {
	var path object.DatastorePath
	if !path.FromString(vm.Config.Files.VmPathName) {
		return fmt.Errorf("%q is no datastore path", vm.Config.Files.VmPathName)
	}
	datastore := simulator.Map.Get(vm.Datastore[0]).(*simulator.Datastore)
	root := datastore.Info.GetDatastoreInfo().Url
	from := filepath.Dir(path.Path)
	if err := os.Rename(filepath.Join(root, from), filepath.Join(root, name)); err != nil {
		return err
	}
	vmx := name + ".vmx"
	if err := os.Rename(filepath.Join(root, name, filepath.Base(path.Path)), filepath.Join(root, name, vmx)); err != nil {
		return err
	}
	old, now := fmt.Sprintf("[%s] %s", path.Datastore, from), fmt.Sprintf("[%s] %s", path.Datastore, name)
	files := &vm.Config.Files
	for _, field := range []*string{&files.SnapshotDirectory, &files.LogDirectory, &files.SuspendDirectory} {
		*field = strings.Replace(*field, old, now, 1)
	}
	files.VmPathName = now + "/" + vmx
	vm.Summary.Config.VmPathName = files.VmPathName
	for _, disk := range disksOf(vm) {
		backing := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		backing.FileName = strings.Replace(backing.FileName, old, now, 1)
	}
	for i := range vm.LayoutEx.File {
		file := &vm.LayoutEx.File[i]
		file.Name = strings.Replace(strings.Replace(file.Name, old, now, 1), path.Path, name+"/"+vmx, 1)
	}
	vm.Name, vm.Config.Name, vm.Summary.Config.Name = name, name, name
	return nil
}

func disksOf(vm *simulator.VirtualMachine) []*types.VirtualDisk {
	var disks []*types.VirtualDisk
	for _, device := range vm.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			disks = append(disks, disk)
		}
	}
	return disks
}

// addDisks brings the VM to `count` disks of believable capacity; the library made one of 1 MiB.
func addDisks(vm *simulator.VirtualMachine, count int, random *rand.Rand) {
	first := disksOf(vm)[0]
	base := first.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	directory := base.FileName[:strings.LastIndex(base.FileName, "/")+1]
	for i := 0; i < count; i++ {
		disk := first
		if i > 0 {
			copied := *first
			backing := *base
			unit := *first.UnitNumber + int32(i)
			disk = &copied
			disk.Backing, disk.UnitNumber = &backing, &unit
			vm.Config.Hardware.Device = append(vm.Config.Hardware.Device, disk)
		}
		disk.Key = 2000 + int32(i) // as a server numbers them; the library draws at random
		backing := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		backing.FileName = directory + vm.Name + ".vmdk"
		if i > 0 {
			backing.FileName = fmt.Sprintf("%s%s_%d.vmdk", directory, vm.Name, i)
		}
		backing.ThinProvisioned = types.NewBool(true)
		backing.Uuid = fmt.Sprintf("6000C29%d-0000-4000-8000-%012x", i, random.Int63n(1<<47))
		disk.CapacityInBytes = int64(8+8*random.Intn(12)) * gib
		disk.CapacityInKB = disk.CapacityInBytes / 1024
		disk.DeviceInfo = &types.Description{Label: fmt.Sprintf("Hard disk %d", i+1),
			Summary: fmt.Sprintf("%d KB", disk.CapacityInKB)}
	}
}

// redate sets the newest node's time: the library dates every snapshot now.
func redate(tree []types.VirtualMachineSnapshotTree, created time.Time, memory bool) {
	node := &tree[len(tree)-1]
	for len(node.ChildSnapshotList) > 0 {
		node = &node.ChildSnapshotList[len(node.ChildSnapshotList)-1]
	}
	node.CreateTime = created
	if !memory {
		node.State = types.VirtualMachinePowerStatePoweredOff // what a server says without memory
	}
}

// deltaBytes spreads sizes over three powers of ten, as deltas of a mixed estate are, in whole MiB.
func deltaBytes(capacity int64, random *rand.Rand) int64 {
	bytes := int64(math.Exp(random.NormFloat64()*1.3+math.Log(float64(capacity)/150))) / mib * mib
	if bytes < mib {
		return mib
	}
	if bytes > capacity/2 {
		return capacity / 2 / mib * mib
	}
	return bytes
}
