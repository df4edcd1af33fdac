// What a virtual machine is made of.
#include "tests/simulator/wire/schema.h"

namespace sim {
namespace {

// clang-format off
constexpr SchemaRow kRows[] = {
    {"AlarmState", "",
     "key:string entity:ref alarm:ref overallStatus:ManagedEntityStatus time:dateTime "
     "acknowledged:boolean acknowledgedByUser:string acknowledgedTime:dateTime eventKey:int "
     "disabled:boolean@7.0.0.0"},
    {"ChoiceOption", "OptionType", "choiceInfo:ElementDescription* defaultIndex:int"},
    {"CustomFieldDef", "",
     "key:int name:string type:string managedObjectType:string "
     "fieldDefPrivileges:PrivilegePolicyDef fieldInstancePrivileges:PrivilegePolicyDef"},
    {"CustomFieldStringValue", "CustomFieldValue", "value:string"},
    {"CustomFieldValue", "", "key:int"},
    {"DiskChangeExtent", "", "start:long length:long"},
    {"DiskChangeInfo", "", "startOffset:long length:long changedArea:DiskChangeExtent*"},
    {"ElementDescription", "Description", "key:string"},
    {"FaultToleranceConfigInfo", "",
     "role:int instanceUuids:string* configPaths:string* orphaned:boolean"},
    {"GuestDiskInfo", "",
     "diskPath:string capacity:long freeSpace:long filesystemType:string@7.0.0.0 "
     "mappings:GuestInfoVirtualDiskMapping*@7.0.0.0"},
    {"GuestInfo", "",
     "toolsStatus:VirtualMachineToolsStatus toolsVersionStatus:string "
     "toolsVersionStatus2:string toolsRunningStatus:string toolsVersion:string "
     "toolsInstallType:string guestId:string guestFamily:string guestFullName:string "
     "hostName:string ipAddress:string net:GuestNicInfo* ipStack:GuestStackInfo* "
     "disk:GuestDiskInfo* screen:GuestScreenInfo guestState:string appHeartbeatStatus:string "
     "guestKernelCrashed:boolean appState:string guestOperationsReady:boolean "
     "interactiveGuestOperationsReady:boolean guestStateChangeSupported:boolean "
     "generationInfo:GuestInfoNamespaceGenerationInfo* hwVersion:string@7.0.0.0"},
    {"GuestInfoNamespaceGenerationInfo", "", "key:string generationNo:int"},
    {"GuestInfoVirtualDiskMapping", "", "key:int"},
    {"GuestNicInfo", "",
     "network:string ipAddress:string* macAddress:string connected:boolean deviceConfigId:int "
     "dnsConfig:NetDnsConfigInfo ipConfig:NetIpConfigInfo netBIOSConfig:NetBIOSConfigInfo"},
    {"GuestScreenInfo", "", "width:int height:int"},
    {"GuestStackInfo", "",
     "dnsConfig:NetDnsConfigInfo ipRouteConfig:NetIpRouteConfigInfo ipStackConfig:KeyValue* "
     "dhcpConfig:NetDhcpConfigInfo"},
    {"HostCpuIdInfo", "", "level:int vendor:string eax:string ebx:string ecx:string edx:string"},
    {"HostFeatureMask", "", "key:string featureName:string value:string"},
    {"HostVMotionCompatibility", "", "host:ref compatibility:string*"},
    {"KeyValue", "", "key:string value:string"},
    {"LatencySensitivity", "", "level:LatencySensitivitySensitivityLevel sensitivity:int"},
    {"ManagedByInfo", "", "extensionKey:string type:string"},
    {"NetBIOSConfigInfo", "", "mode:string"},
    {"NetDhcpConfigInfo", "",
     "ipv6:NetDhcpConfigInfoDhcpOptions ipv4:NetDhcpConfigInfoDhcpOptions"},
    {"NetDhcpConfigInfoDhcpOptions", "", "enable:boolean config:KeyValue*"},
    {"NetDnsConfigInfo", "",
     "dhcp:boolean hostName:string domainName:string ipAddress:string* searchDomain:string*"},
    {"NetIpConfigInfo", "",
     "ipAddress:NetIpConfigInfoIpAddress* dhcp:NetDhcpConfigInfo "
     "autoConfigurationEnabled:boolean"},
    {"NetIpConfigInfoIpAddress", "",
     "ipAddress:string prefixLength:int origin:string state:string lifetime:dateTime"},
    {"NetIpRouteConfigInfo", "", "ipRoute:NetIpRouteConfigInfoIpRoute*"},
    {"NetIpRouteConfigInfoGateway", "", "ipAddress:string device:string"},
    {"NetIpRouteConfigInfoIpRoute", "",
     "network:string prefixLength:int gateway:NetIpRouteConfigInfoGateway"},
    {"OptionType", "", "valueIsReadonly:boolean"},
    {"OptionValue", "", "key:string value:anyType"},
    {"Permission", "", "entity:ref principal:string group:boolean roleId:int propagate:boolean"},
    {"PrivilegePolicyDef", "",
     "createPrivilege:string readPrivilege:string updatePrivilege:string "
     "deletePrivilege:string"},
    {"ReplicationConfigSpec", "",
     "generation:long vmReplicationId:string destination:string port:int rpo:long "
     "quiesceGuestEnabled:boolean paused:boolean oppUpdatesEnabled:boolean "
     "netCompressionEnabled:boolean netEncryptionEnabled:boolean encryptionDestination:string "
     "encryptionPort:int remoteCertificateThumbprint:string disk:ReplicationInfoDiskSettings*"},
    {"ReplicationInfoDiskSettings", "", "key:int diskReplicationId:string"},
    {"ResourceAllocationInfo", "",
     "reservation:long expandableReservation:boolean limit:long shares:SharesInfo "
     "overheadLimit:long"},
    {"ResourceConfigSpec", "",
     "entity:ref changeVersion:string lastModified:dateTime "
     "cpuAllocation:ResourceAllocationInfo memoryAllocation:ResourceAllocationInfo "
     "scaleDescendantsShares:string@7.0.0.0"},
    {"ScheduledHardwareUpgradeInfo", "",
     "upgradePolicy:string versionKey:string scheduledHardwareUpgradeStatus:string "
     "fault:LocalizedMethodFault"},
    {"StorageRequirement", "", "datastore:ref freeSpaceRequiredInKb:long"},
    {"Tag", "", "key:string"},
    {"ToolsConfigInfo", "",
     "toolsVersion:int toolsInstallType:string afterPowerOn:boolean afterResume:boolean "
     "beforeGuestStandby:boolean beforeGuestShutdown:boolean beforeGuestReboot:boolean "
     "toolsUpgradePolicy:string pendingCustomization:string customizationKeyId:CryptoKeyId "
     "syncTimeWithHostAllowed:boolean@7.0.0.0 syncTimeWithHost:boolean "
     "lastInstallInfo:ToolsConfigInfoToolsLastInstallInfo"},
    {"ToolsConfigInfoToolsLastInstallInfo", "", "counter:int fault:LocalizedMethodFault"},
    {"VAppIPAssignmentInfo", "",
     "supportedAllocationScheme:string* ipAllocationPolicy:string supportedIpProtocol:string* "
     "ipProtocol:string"},
    {"VAppOvfSectionInfo", "",
     "key:int namespace:string type:string atEnvelopeLevel:boolean contents:string"},
    {"VAppProductInfo", "",
     "key:int classId:string instanceId:string name:string vendor:string version:string "
     "fullVersion:string vendorUrl:string productUrl:string appUrl:string"},
    {"VAppPropertyInfo", "",
     "key:int classId:string instanceId:string id:string category:string label:string "
     "type:string typeReference:string userConfigurable:boolean defaultValue:string "
     "value:string description:string"},
    {"VirtualHardware", "",
     "numCPU:int numCoresPerSocket:int memoryMB:int virtualICH7MPresent:boolean "
     "virtualSMCPresent:boolean device:VirtualDevice*"},
    {"VirtualMachineBootOptions", "",
     "bootDelay:long enterBIOSSetup:boolean efiSecureBootEnabled:boolean "
     "bootRetryEnabled:boolean bootRetryDelay:long "
     "bootOrder:VirtualMachineBootOptionsBootableDevice* networkBootProtocol:string"},
    {"VirtualMachineCapability", "",
     "snapshotOperationsSupported:boolean multipleSnapshotsSupported:boolean "
     "snapshotConfigSupported:boolean poweredOffSnapshotsSupported:boolean "
     "memorySnapshotsSupported:boolean revertToSnapshotSupported:boolean "
     "quiescedSnapshotsSupported:boolean disableSnapshotsSupported:boolean "
     "lockSnapshotsSupported:boolean consolePreferencesSupported:boolean "
     "cpuFeatureMaskSupported:boolean s1AcpiManagementSupported:boolean "
     "settingScreenResolutionSupported:boolean toolsAutoUpdateSupported:boolean "
     "vmNpivWwnSupported:boolean npivWwnOnNonRdmVmSupported:boolean "
     "vmNpivWwnDisableSupported:boolean vmNpivWwnUpdateSupported:boolean "
     "swapPlacementSupported:boolean toolsSyncTimeSupported:boolean "
     "virtualMmuUsageSupported:boolean diskSharesSupported:boolean "
     "bootOptionsSupported:boolean bootRetryOptionsSupported:boolean "
     "settingVideoRamSizeSupported:boolean settingDisplayTopologySupported:boolean "
     "recordReplaySupported:boolean changeTrackingSupported:boolean "
     "multipleCoresPerSocketSupported:boolean hostBasedReplicationSupported:boolean "
     "guestAutoLockSupported:boolean memoryReservationLockSupported:boolean "
     "featureRequirementSupported:boolean poweredOnMonitorTypeChangeSupported:boolean "
     "seSparseDiskSupported:boolean nestedHVSupported:boolean vPMCSupported:boolean "
     "secureBootSupported:boolean perVmEvcSupported:boolean virtualMmuUsageIgnored:boolean "
     "virtualExecUsageIgnored:boolean diskOnlySnapshotOnSuspendedVMSupported:boolean "
     "toolsSyncTimeAllowSupported:boolean@7.0.0.0 sevSupported:boolean@7.0.0.0"},
    {"VirtualMachineConfigInfo", "",
     "changeVersion:string modified:dateTime name:string guestFullName:string version:string "
     "uuid:string createDate:dateTime instanceUuid:string npivNodeWorldWideName:long* "
     "npivPortWorldWideName:long* npivWorldWideNameType:string npivDesiredNodeWwns:short "
     "npivDesiredPortWwns:short npivTemporaryDisabled:boolean npivOnNonRdmDisks:boolean "
     "locationId:string template:boolean guestId:string alternateGuestName:string "
     "annotation:string files:VirtualMachineFileInfo tools:ToolsConfigInfo "
     "flags:VirtualMachineFlagInfo consolePreferences:VirtualMachineConsolePreferences "
     "defaultPowerOps:VirtualMachineDefaultPowerOpInfo hardware:VirtualHardware "
     "vcpuConfig:VirtualMachineVcpuConfig*@7.0.0.0 cpuAllocation:ResourceAllocationInfo "
     "memoryAllocation:ResourceAllocationInfo latencySensitivity:LatencySensitivity "
     "memoryHotAddEnabled:boolean cpuHotAddEnabled:boolean cpuHotRemoveEnabled:boolean "
     "hotPlugMemoryLimit:long hotPlugMemoryIncrementSize:long "
     "cpuAffinity:VirtualMachineAffinityInfo memoryAffinity:VirtualMachineAffinityInfo "
     "networkShaper:VirtualMachineNetworkShaperInfo extraConfig:OptionValue* "
     "cpuFeatureMask:HostCpuIdInfo* datastoreUrl:VirtualMachineConfigInfoDatastoreUrlPair* "
     "swapPlacement:string bootOptions:VirtualMachineBootOptions "
     "ftInfo:FaultToleranceConfigInfo repConfig:ReplicationConfigSpec vAppConfig:VmConfigInfo "
     "vAssertsEnabled:boolean changeTrackingEnabled:boolean firmware:string "
     "maxMksConnections:int guestAutoLockEnabled:boolean managedBy:ManagedByInfo "
     "memoryReservationLockedToMax:boolean "
     "initialOverhead:VirtualMachineConfigInfoOverheadInfo nestedHVEnabled:boolean "
     "vPMCEnabled:boolean scheduledHardwareUpgradeInfo:ScheduledHardwareUpgradeInfo "
     "forkConfigInfo:VirtualMachineForkConfigInfo vFlashCacheReservation:long "
     "vmxConfigChecksum:byte* messageBusTunnelEnabled:boolean vmStorageObjectId:string "
     "swapStorageObjectId:string keyId:CryptoKeyId "
     "guestIntegrityInfo:VirtualMachineGuestIntegrityInfo migrateEncryption:string "
     "sgxInfo:VirtualMachineSgxInfo@7.0.0.0 "
     "contentLibItemInfo:VirtualMachineContentLibraryItemInfo@7.0.0.0 "
     "guestMonitoringModeInfo:VirtualMachineGuestMonitoringModeInfo@7.0.0.0 "
     "sevEnabled:boolean@7.0.0.0 pmemFailoverEnabled:boolean@7.0.2.0"},
    {"VirtualMachineConfigInfoDatastoreUrlPair", "", "name:string url:string"},
    {"VirtualMachineConfigInfoOverheadInfo", "",
     "initialMemoryReservation:long initialSwapReservation:long"},
    {"VirtualMachineConfigSummary", "",
     "name:string template:boolean vmPathName:string memorySizeMB:int cpuReservation:int "
     "memoryReservation:int numCpu:int numEthernetCards:int numVirtualDisks:int uuid:string "
     "instanceUuid:string guestId:string guestFullName:string annotation:string "
     "product:VAppProductInfo installBootRequired:boolean ftInfo:FaultToleranceConfigInfo "
     "managedBy:ManagedByInfo tpmPresent:boolean numVmiopBackings:int hwVersion:string@7.0.0.0"},
    {"VirtualMachineConsolePreferences", "",
     "powerOnWhenOpened:boolean enterFullScreenOnPowerOn:boolean "
     "closeOnPowerOffOrSuspend:boolean"},
    {"VirtualMachineContentLibraryItemInfo", "",
     "contentLibraryItemUuid:string contentLibraryItemVersion:string"},
    {"VirtualMachineDefaultPowerOpInfo", "",
     "powerOffType:string suspendType:string resetType:string defaultPowerOffType:string "
     "defaultSuspendType:string defaultResetType:string standbyAction:string"},
    {"VirtualMachineDeviceRuntimeInfo", "",
     "runtimeState:VirtualMachineDeviceRuntimeInfoDeviceRuntimeState key:int"},
    {"VirtualMachineDeviceRuntimeInfoDeviceRuntimeState", "", ""},
    {"VirtualMachineFeatureRequirement", "", "key:string featureName:string value:string"},
    {"VirtualMachineFileInfo", "",
     "vmPathName:string snapshotDirectory:string suspendDirectory:string logDirectory:string "
     "ftMetadataDirectory:string"},
    {"VirtualMachineFileLayout", "",
     "configFile:string* logFile:string* disk:VirtualMachineFileLayoutDiskLayout* "
     "snapshot:VirtualMachineFileLayoutSnapshotLayout* swapFile:string"},
    {"VirtualMachineFileLayoutDiskLayout", "", "key:int diskFile:string*"},
    {"VirtualMachineFileLayoutEx", "",
     "file:VirtualMachineFileLayoutExFileInfo* disk:VirtualMachineFileLayoutExDiskLayout* "
     "snapshot:VirtualMachineFileLayoutExSnapshotLayout* timestamp:dateTime"},
    {"VirtualMachineFileLayoutExDiskLayout", "",
     "key:int virtualDiskFormat:string@9.0.0.0 chain:VirtualMachineFileLayoutExDiskUnit*"},
    {"VirtualMachineFileLayoutExDiskUnit", "", "fileKey:int*"},
    {"VirtualMachineFileLayoutExFileInfo", "",
     "key:int name:string type:string size:long uniqueSize:long backingObjectId:string "
     "accessible:boolean"},
    {"VirtualMachineFileLayoutExSnapshotLayout", "",
     "key:ref dataKey:int memoryKey:int disk:VirtualMachineFileLayoutExDiskLayout*"},
    {"VirtualMachineFileLayoutSnapshotLayout", "", "key:ref snapshotFile:string*"},
    {"VirtualMachineFlagInfo", "",
     "disableAcceleration:boolean enableLogging:boolean useToe:boolean "
     "runWithDebugInfo:boolean monitorType:string htSharing:string snapshotDisabled:boolean "
     "snapshotLocked:boolean diskUuidEnabled:boolean virtualMmuUsage:string "
     "virtualExecUsage:string snapshotPowerOffBehavior:string recordReplayEnabled:boolean "
     "faultToleranceType:string cbrcCacheEnabled:boolean vvtdEnabled:boolean "
     "vbsEnabled:boolean"},
    {"VirtualMachineForkConfigInfo", "",
     "parentEnabled:boolean childForkGroupId:string parentForkGroupId:string childType:string"},
    {"VirtualMachineGuestIntegrityInfo", "", "enabled:boolean"},
    {"VirtualMachineGuestMonitoringModeInfo", "", "gmmFile:string gmmAppliance:string"},
    {"VirtualMachineGuestSummary", "",
     "guestId:string guestFullName:string toolsStatus:VirtualMachineToolsStatus "
     "toolsVersionStatus:string toolsVersionStatus2:string toolsRunningStatus:string "
     "hostName:string ipAddress:string hwVersion:string@7.0.0.0"},
    {"VirtualMachineMessage", "", "id:string argument:anyType* text:string"},
    {"VirtualMachineNetworkShaperInfo", "",
     "enabled:boolean peakBps:long averageBps:long burstSize:long"},
    {"VirtualMachineQuestionInfo", "",
     "id:string text:string choice:ChoiceOption message:VirtualMachineMessage*"},
    {"VirtualMachineQuickStats", "",
     "overallCpuUsage:int overallCpuDemand:int overallCpuReadiness:int@7.0.0.0 "
     "guestMemoryUsage:int hostMemoryUsage:int guestHeartbeatStatus:ManagedEntityStatus "
     "distributedCpuEntitlement:int distributedMemoryEntitlement:int staticCpuEntitlement:int "
     "staticMemoryEntitlement:int grantedMemory:int@7.0.0.0 privateMemory:int sharedMemory:int "
     "swappedMemory:int balloonedMemory:int consumedOverheadMemory:int ftLogBandwidth:int "
     "ftSecondaryLatency:int ftLatencyStatus:ManagedEntityStatus compressedMemory:long "
     "uptimeSeconds:int ssdSwappedMemory:long"},
    {"VirtualMachineRuntimeInfo", "",
     "device:VirtualMachineDeviceRuntimeInfo* host:ref "
     "connectionState:VirtualMachineConnectionState powerState:VirtualMachinePowerState "
     "faultToleranceState:VirtualMachineFaultToleranceState "
     "dasVmProtection:VirtualMachineRuntimeInfoDasProtectionState "
     "toolsInstallerMounted:boolean suspendTime:dateTime bootTime:dateTime "
     "suspendInterval:long question:VirtualMachineQuestionInfo memoryOverhead:long "
     "maxCpuUsage:int maxMemoryUsage:int numMksConnections:int "
     "recordReplayState:VirtualMachineRecordReplayState cleanPowerOff:boolean "
     "needSecondaryReason:string onlineStandby:boolean minRequiredEVCModeKey:string "
     "consolidationNeeded:boolean offlineFeatureRequirement:VirtualMachineFeatureRequirement* "
     "featureRequirement:VirtualMachineFeatureRequirement* featureMask:HostFeatureMask* "
     "vFlashCacheAllocation:long paused:boolean snapshotInBackground:boolean "
     "quiescedForkParent:boolean instantCloneFrozen:boolean cryptoState:string"},
    {"VirtualMachineRuntimeInfoDasProtectionState", "", "dasProtected:boolean"},
    {"VirtualMachineSgxInfo", "", "epcSize:long flcMode:string lePubKeyHash:string"},
    {"VirtualMachineSnapshotInfo", "",
     "currentSnapshot:ref rootSnapshotList:VirtualMachineSnapshotTree*"},
    {"VirtualMachineSnapshotTree", "",
     "snapshot:ref vm:ref name:string description:string id:int createTime:dateTime "
     "state:VirtualMachinePowerState quiesced:boolean backupManifest:string "
     "childSnapshotList:VirtualMachineSnapshotTree* replaySupported:boolean"},
    {"VirtualMachineStorageInfo", "",
     "perDatastoreUsage:VirtualMachineUsageOnDatastore* timestamp:dateTime"},
    {"VirtualMachineStorageSummary", "",
     "committed:long uncommitted:long unshared:long timestamp:dateTime"},
    {"VirtualMachineSummary", "",
     "vm:ref runtime:VirtualMachineRuntimeInfo guest:VirtualMachineGuestSummary "
     "config:VirtualMachineConfigSummary storage:VirtualMachineStorageSummary "
     "quickStats:VirtualMachineQuickStats overallStatus:ManagedEntityStatus "
     "customValue:CustomFieldValue*"},
    {"VirtualMachineUsageOnDatastore", "",
     "datastore:ref committed:long uncommitted:long unshared:long"},
    {"VmConfigInfo", "",
     "product:VAppProductInfo* property:VAppPropertyInfo* ipAssignment:VAppIPAssignmentInfo "
     "eula:string* ovfSection:VAppOvfSectionInfo* ovfEnvironmentTransport:string* "
     "installBootRequired:boolean installBootStopDelay:int"},
};
// clang-format on

}  // namespace

std::span<const SchemaRow> vm_schema() { return kRows; }

}  // namespace sim
