package main

import (
	"fmt"
	"math/rand"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// layout collects one VM's layoutEx and backings while its snapshots are made.
type layout struct {
	vm        *simulator.VirtualMachine
	files     []types.VirtualMachineFileLayoutExFileInfo
	disks     []types.VirtualMachineFileLayoutExDiskLayout
	snapshots []types.VirtualMachineFileLayoutExSnapshotLayout
	devices   []*types.VirtualDisk
}

func newLayout(vm *simulator.VirtualMachine) *layout {
	l := &layout{vm: vm, devices: disksOf(vm)}
	directory := l.directory()
	l.addFile(directory+vm.Name+".vmx", "config", 3*1024)
	l.addFile(directory+vm.Name+".nvram", "nvram", 270840)
	l.addFile(directory+vm.Name+".vmsd", "snapshotList", 0)
	for _, disk := range l.devices {
		name := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).FileName
		unit := l.addDiskFiles(name, "-flat.vmdk", disk.CapacityInBytes/3)
		l.disks = append(l.disks, types.VirtualMachineFileLayoutExDiskLayout{
			Key: disk.Key, Chain: []types.VirtualMachineFileLayoutExDiskUnit{unit}})
	}
	return l
}

func (l *layout) directory() string {
	path := l.vm.Config.Files.VmPathName
	return path[:strings.LastIndex(path, "/")+1]
}

func (l *layout) addFile(name, kind string, size int64) int32 {
	key := int32(len(l.files))
	l.files = append(l.files, types.VirtualMachineFileLayoutExFileInfo{Key: key, Name: name, Type: kind,
		Size: size, UniqueSize: size, Accessible: types.NewBool(true)})
	return key
}

// addDiskFiles adds a descriptor, which VMFS counts as 0 bytes, and its extent.
func (l *layout) addDiskFiles(descriptor, suffix string, size int64) types.VirtualMachineFileLayoutExDiskUnit {
	stem := strings.TrimSuffix(descriptor, ".vmdk")
	return types.VirtualMachineFileLayoutExDiskUnit{FileKey: []int32{
		l.addFile(descriptor, "diskDescriptor", 0), l.addFile(stem+suffix, "diskExtent", size)}}
}

// freeze notes the chains as they are at the moment of a snapshot: the running layer goes under it.
func (l *layout) freeze(snapshot types.ManagedObjectReference, number int, memory bool) {
	stem := fmt.Sprintf("%s%s-Snapshot%d", l.directory(), l.vm.Name, number)
	entry := types.VirtualMachineFileLayoutExSnapshotLayout{Key: snapshot, MemoryKey: -1,
		DataKey: l.addFile(stem+".vmsn", "snapshotData", 282651)}
	if memory {
		entry.MemoryKey = l.addFile(stem+".vmem", "snapshotMemory", 2*gib)
	}
	for _, disk := range l.disks {
		chain := append([]types.VirtualMachineFileLayoutExDiskUnit(nil), disk.Chain...)
		entry.Disk = append(entry.Disk, types.VirtualMachineFileLayoutExDiskLayout{Key: disk.Key, Chain: chain})
	}
	l.snapshots = append(l.snapshots, entry)
}

// extend puts a new seSparse delta on every disk and makes it the running layer.
func (l *layout) extend(number int, random *rand.Rand) {
	for i, disk := range l.devices {
		below := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		bottom := below
		for bottom.Parent != nil {
			bottom = bottom.Parent
		}
		name := fmt.Sprintf("%s-%06d.vmdk", strings.TrimSuffix(bottom.FileName, ".vmdk"), number)
		delta := *below
		delta.FileName, delta.Parent = name, below
		delta.DeltaDiskFormat, delta.DeltaGrainSize = "seSparseFormat", 4
		// Not in place: snapshots that were frozen earlier keep the slice they have.
		chain := append([]types.VirtualMachineFileLayoutExDiskUnit(nil), l.disks[i].Chain...)
		l.disks[i].Chain = append(chain, l.addDiskFiles(name, "-sesparse.vmdk", deltaBytes(disk.CapacityInBytes, random)))
		disk.Backing = &delta
	}
}

// apply hands the collected layout to the VM, as the last step: the library's own bookkeeping during
// CreateSnapshot would otherwise add to it.
func (l *layout) apply() {
	l.vm.LayoutEx = &types.VirtualMachineFileLayoutEx{File: l.files, Disk: l.disks, Snapshot: l.snapshots,
		Timestamp: time.Now().UTC()}
	var bytes int64
	for _, file := range l.files {
		bytes += file.Size
	}
	l.vm.Summary.Storage.Committed, l.vm.Summary.Storage.Unshared = bytes, bytes
	for _, snapshot := range l.snapshots {
		object := simulator.Map.Get(snapshot.Key).(*simulator.VirtualMachineSnapshot)
		object.Config = *l.vm.Config
	}
}
