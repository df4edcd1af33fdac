// Virtual devices and their backings.
#include "tests/simulator/wire/schema.h"

namespace sim {
namespace {

// clang-format off
constexpr SchemaRow kRows[] = {
    {"CryptoKeyId", "", "keyId:string providerId:KeyProviderId"},
    {"Description", "", "label:string summary:string"},
    {"DistributedVirtualSwitchPortConnection", "",
     "switchUuid:string portgroupKey:string portKey:string connectionCookie:int"},
    {"ID", "", "id:string"},
    {"KeyProviderId", "", "id:string"},
    {"ParaVirtualSCSIController", "VirtualSCSIController", ""},
    {"SharesInfo", "", "shares:int level:SharesLevel"},
    {"StorageIOAllocationInfo", "", "limit:long shares:SharesInfo reservation:int"},
    {"VirtualAHCIController", "VirtualSATAController", ""},
    {"VirtualBusLogicController", "VirtualSCSIController", ""},
    {"VirtualCdrom", "VirtualDevice", ""},
    {"VirtualCdromAtapiBackingInfo", "VirtualDeviceDeviceBackingInfo", ""},
    {"VirtualCdromIsoBackingInfo", "VirtualDeviceFileBackingInfo", ""},
    {"VirtualCdromRemoteAtapiBackingInfo", "VirtualDeviceRemoteDeviceBackingInfo", ""},
    {"VirtualCdromRemotePassthroughBackingInfo", "VirtualDeviceRemoteDeviceBackingInfo",
     "exclusive:boolean"},
    {"VirtualController", "VirtualDevice", "busNumber:int device:int*"},
    {"VirtualDevice", "",
     "key:int deviceInfo:Description backing:VirtualDeviceBackingInfo "
     "connectable:VirtualDeviceConnectInfo slotInfo:VirtualDeviceBusSlotInfo controllerKey:int "
     "unitNumber:int numaNode:int@8.0.0.1 deviceGroupInfo:VirtualDeviceDeviceGroupInfo@8.0.0.1"},
    {"VirtualDeviceBackingInfo", "", ""},
    {"VirtualDeviceBusSlotInfo", "", ""},
    {"VirtualDeviceConnectInfo", "",
     "migrateConnect:string startConnected:boolean allowGuestControl:boolean connected:boolean "
     "status:string"},
    {"VirtualDeviceDeviceBackingInfo", "VirtualDeviceBackingInfo",
     "deviceName:string useAutoDetect:boolean"},
    {"VirtualDeviceDeviceGroupInfo", "", "groupInstanceKey:int sequenceId:int"},
    {"VirtualDeviceFileBackingInfo", "VirtualDeviceBackingInfo",
     "fileName:string datastore:ref backingObjectId:string"},
    {"VirtualDevicePciBusSlotInfo", "VirtualDeviceBusSlotInfo", "pciSlotNumber:int"},
    {"VirtualDeviceRemoteDeviceBackingInfo", "VirtualDeviceBackingInfo",
     "deviceName:string useAutoDetect:boolean"},
    {"VirtualDisk", "VirtualDevice",
     "capacityInKB:long capacityInBytes:long shares:SharesInfo "
     "storageIOAllocation:StorageIOAllocationInfo diskObjectId:string "
     "vFlashCacheConfigInfo:VirtualDiskVFlashCacheConfigInfo iofilter:string* vDiskId:ID "
     "vDiskVersion:int@8.0.0.1 virtualDiskFormat:string@9.0.0.0 "
     "nativeUnmanagedLinkedClone:boolean "
     "independentFilters:VirtualMachineBaseIndependentFilterSpec*@7.0.2.1 "
     "guestReadOnly:boolean@8.0.2.0"},
    {"VirtualDiskFlatVer2BackingInfo", "VirtualDeviceFileBackingInfo",
     "diskMode:string split:boolean writeThrough:boolean thinProvisioned:boolean "
     "eagerlyScrub:boolean uuid:string contentId:string changeId:string "
     "parent:VirtualDiskFlatVer2BackingInfo deltaDiskFormat:string digestEnabled:boolean "
     "deltaGrainSize:int deltaDiskFormatVariant:string sharing:string keyId:CryptoKeyId"},
    {"VirtualDiskLocalPMemBackingInfo", "VirtualDeviceFileBackingInfo",
     "diskMode:string uuid:string volumeUUID:string contentId:string"},
    {"VirtualDiskRawDiskMappingVer1BackingInfo", "VirtualDeviceFileBackingInfo",
     "lunUuid:string deviceName:string compatibilityMode:string diskMode:string uuid:string "
     "contentId:string changeId:string parent:VirtualDiskRawDiskMappingVer1BackingInfo "
     "deltaDiskFormat:string deltaGrainSize:int sharing:string"},
    {"VirtualDiskSeSparseBackingInfo", "VirtualDeviceFileBackingInfo",
     "diskMode:string writeThrough:boolean uuid:string contentId:string changeId:string "
     "parent:VirtualDiskSeSparseBackingInfo deltaDiskFormat:string digestEnabled:boolean "
     "grainSize:int keyId:CryptoKeyId"},
    {"VirtualDiskSparseVer2BackingInfo", "VirtualDeviceFileBackingInfo",
     "diskMode:string split:boolean writeThrough:boolean spaceUsedInKB:long uuid:string "
     "contentId:string changeId:string parent:VirtualDiskSparseVer2BackingInfo "
     "keyId:CryptoKeyId"},
    {"VirtualDiskVFlashCacheConfigInfo", "",
     "vFlashModule:string reservationInMB:long cacheConsistencyType:string cacheMode:string "
     "blockSizeInKB:long"},
    {"VirtualE1000", "VirtualEthernetCard", ""},
    {"VirtualE1000e", "VirtualEthernetCard", ""},
    {"VirtualEthernetCard", "VirtualDevice",
     "addressType:string macAddress:string wakeOnLanEnabled:boolean "
     "resourceAllocation:VirtualEthernetCardResourceAllocation externalId:string "
     "uptCompatibilityEnabled:boolean"},
    {"VirtualEthernetCardDistributedVirtualPortBackingInfo", "VirtualDeviceBackingInfo",
     "port:DistributedVirtualSwitchPortConnection"},
    {"VirtualEthernetCardNetworkBackingInfo", "VirtualDeviceDeviceBackingInfo",
     "network:ref inPassthroughMode:boolean"},
    {"VirtualEthernetCardResourceAllocation", "", "reservation:long share:SharesInfo limit:long"},
    {"VirtualFloppy", "VirtualDevice", ""},
    {"VirtualFloppyRemoteDeviceBackingInfo", "VirtualDeviceRemoteDeviceBackingInfo", ""},
    {"VirtualHdAudioCard", "VirtualSoundCard", ""},
    {"VirtualIDEController", "VirtualController", ""},
    {"VirtualKeyboard", "VirtualDevice", ""},
    {"VirtualLsiLogicController", "VirtualSCSIController", ""},
    {"VirtualLsiLogicSASController", "VirtualSCSIController", ""},
    {"VirtualMachineBootOptionsBootableDevice", "", ""},
    {"VirtualMachineBootOptionsBootableDiskDevice", "VirtualMachineBootOptionsBootableDevice",
     "deviceKey:int"},
    {"VirtualMachineVMCIDevice", "VirtualDevice",
     "id:long allowUnrestrictedCommunication:boolean filterEnable:boolean "
     "filterInfo:VirtualMachineVMCIDeviceFilterInfo"},
    {"VirtualMachineVMCIDeviceFilterInfo", "", "filters:VirtualMachineVMCIDeviceFilterSpec*"},
    {"VirtualMachineVMCIDeviceFilterSpec", "",
     "rank:long action:string protocol:string direction:string lowerDstPortBoundary:long "
     "upperDstPortBoundary:long"},
    {"VirtualMachineVideoCard", "VirtualDevice",
     "videoRamSizeInKB:long numDisplays:int useAutoDetect:boolean enable3DSupport:boolean "
     "use3dRenderer:string graphicsMemorySizeInKB:long"},
    {"VirtualNVMEController", "VirtualController", ""},
    {"VirtualPCIController", "VirtualController", ""},
    {"VirtualPS2Controller", "VirtualController", ""},
    {"VirtualPointingDevice", "VirtualDevice", ""},
    {"VirtualPointingDeviceDeviceBackingInfo", "VirtualDeviceDeviceBackingInfo",
     "hostPointingDevice:string"},
    {"VirtualSATAController", "VirtualController", ""},
    {"VirtualSCSIController", "VirtualController",
     "hotAddRemove:boolean sharedBus:VirtualSCSISharing scsiCtlrUnitNumber:int"},
    {"VirtualSIOController", "VirtualController", ""},
    {"VirtualSerialPort", "VirtualDevice", "yieldOnPoll:boolean"},
    {"VirtualSoundCard", "VirtualDevice", ""},
    {"VirtualTPM", "VirtualDevice",
     "endorsementKeyCertificateSigningRequest:byte* endorsementKeyCertificate:byte*"},
    {"VirtualUSBController", "VirtualController",
     "autoConnectDevices:boolean ehciEnabled:boolean"},
    {"VirtualUSBXHCIController", "VirtualController", "autoConnectDevices:boolean"},
    {"VirtualVmxnet", "VirtualEthernetCard", ""},
    {"VirtualVmxnet3", "VirtualVmxnet", ""},
};
// clang-format on

}  // namespace

std::span<const SchemaRow> device_schema() { return kRows; }

}  // namespace sim
