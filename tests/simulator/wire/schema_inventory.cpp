// Hosts, clusters, pools, datastores.
#include "tests/simulator/wire/schema.h"

namespace sim {
namespace {

// clang-format off
constexpr SchemaRow kRows[] = {
    {"AboutInfo", "",
     "name:string fullName:string vendor:string version:string patchLevel:string@7.0.2.0 "
     "build:string localeVersion:string localeBuild:string osType:string productLineId:string "
     "apiType:string apiVersion:string instanceUuid:string licenseProductName:string "
     "licenseProductVersion:string"},
    {"ClusterComputeResourceSummary", "ComputeResourceSummary",
     "currentFailoverLevel:int admissionControlInfo:ClusterDasAdmissionControlInfo "
     "numVmotions:int targetBalance:int currentBalance:int drsScore:int@7.0.0.0 "
     "numVmsPerDrsScoreBucket:int*@7.0.0.0 usageSummary:ClusterUsageSummary "
     "currentEVCModeKey:string currentEVCGraphicsModeKey:string@7.0.0.0 dasData:ClusterDasData "
     "clusterMaintenanceModeStatus:string@7.0.0.0 vcsHealthStatus:string@7.0.0.0 "
     "vcsSlots:ClusterComputeResourceVcsSlots*@7.0.0.0"},
    {"ClusterComputeResourceVcsSlots", "", "host:ref totalSlots:int"},
    {"ClusterConfigInfo", "",
     "dasConfig:ClusterDasConfigInfo dasVmConfig:ClusterDasVmConfigInfo* "
     "drsConfig:ClusterDrsConfigInfo drsVmConfig:ClusterDrsVmConfigInfo* rule:ClusterRuleInfo*"},
    {"ClusterConfigInfoEx", "ComputeResourceConfigInfo",
     "dasConfig:ClusterDasConfigInfo dasVmConfig:ClusterDasVmConfigInfo* "
     "drsConfig:ClusterDrsConfigInfo drsVmConfig:ClusterDrsVmConfigInfo* rule:ClusterRuleInfo* "
     "orchestration:ClusterOrchestrationInfo vmOrchestration:ClusterVmOrchestrationInfo* "
     "dpmConfigInfo:ClusterDpmConfigInfo dpmHostConfig:ClusterDpmHostConfigInfo* "
     "vsanConfigInfo:VsanClusterConfigInfo vsanHostConfig:VsanHostConfigInfo* "
     "group:ClusterGroupInfo* infraUpdateHaConfig:ClusterInfraUpdateHaConfigInfo "
     "proactiveDrsConfig:ClusterProactiveDrsConfigInfo "
     "cryptoConfig:ClusterCryptoConfigInfo@7.0.0.0"},
    {"ClusterCryptoConfigInfo", "", "cryptoMode:string"},
    {"ClusterDasAdmissionControlInfo", "", ""},
    {"ClusterDasAdmissionControlPolicy", "", "resourceReductionToToleratePercent:int"},
    {"ClusterDasConfigInfo", "",
     "enabled:boolean vmMonitoring:string hostMonitoring:string vmComponentProtecting:string "
     "failoverLevel:int admissionControlPolicy:ClusterDasAdmissionControlPolicy "
     "admissionControlEnabled:boolean defaultVmSettings:ClusterDasVmSettings "
     "option:OptionValue* heartbeatDatastore:ref* hBDatastoreCandidatePolicy:string"},
    {"ClusterDasData", "", ""},
    {"ClusterDasFdmHostState", "", "state:string stateReporter:ref"},
    {"ClusterDasVmConfigInfo", "",
     "key:ref restartPriority:DasVmPriority powerOffOnIsolation:boolean "
     "dasSettings:ClusterDasVmSettings"},
    {"ClusterDasVmSettings", "",
     "restartPriority:string restartPriorityTimeout:int isolationResponse:string "
     "vmToolsMonitoringSettings:ClusterVmToolsMonitoringSettings "
     "vmComponentProtectionSettings:ClusterVmComponentProtectionSettings"},
    {"ClusterDpmConfigInfo", "",
     "enabled:boolean defaultDpmBehavior:DpmBehavior hostPowerActionRate:int "
     "option:OptionValue*"},
    {"ClusterDpmHostConfigInfo", "", "key:ref enabled:boolean behavior:DpmBehavior"},
    {"ClusterDrsConfigInfo", "",
     "enabled:boolean enableVmBehaviorOverrides:boolean defaultVmBehavior:DrsBehavior "
     "vmotionRate:int scaleDescendantsShares:string@7.0.0.0 option:OptionValue*"},
    {"ClusterDrsVmConfigInfo", "", "key:ref enabled:boolean behavior:DrsBehavior"},
    {"ClusterGroupInfo", "", "name:string userCreated:boolean uniqueID:string"},
    {"ClusterInfraUpdateHaConfigInfo", "",
     "enabled:boolean behavior:string moderateRemediation:string severeRemediation:string "
     "providers:string*"},
    {"ClusterOrchestrationInfo", "", "defaultVmReadiness:ClusterVmReadiness"},
    {"ClusterProactiveDrsConfigInfo", "", "enabled:boolean"},
    {"ClusterRuleInfo", "",
     "key:int status:ManagedEntityStatus enabled:boolean name:string mandatory:boolean "
     "userCreated:boolean inCompliance:boolean ruleUuid:string"},
    {"ClusterUsageSummary", "",
     "totalCpuCapacityMhz:int totalMemCapacityMB:int cpuReservationMhz:int "
     "memReservationMB:int poweredOffCpuReservationMhz:int poweredOffMemReservationMB:int "
     "cpuDemandMhz:int memDemandMB:int statsGenNumber:long cpuEntitledMhz:int "
     "memEntitledMB:int poweredOffVmCount:int totalVmCount:int"},
    {"ClusterVmComponentProtectionSettings", "",
     "vmStorageProtectionForAPD:string enableAPDTimeoutForHosts:boolean "
     "vmTerminateDelayForAPDSec:int vmReactionOnAPDCleared:string "
     "vmStorageProtectionForPDL:string"},
    {"ClusterVmOrchestrationInfo", "", "vm:ref vmReadiness:ClusterVmReadiness"},
    {"ClusterVmReadiness", "", "readyCondition:string postReadyDelay:int"},
    {"ClusterVmToolsMonitoringSettings", "",
     "enabled:boolean vmMonitoring:string clusterSettings:boolean failureInterval:int "
     "minUpTime:int maxFailures:int maxFailureWindow:int"},
    {"ComputeResourceConfigInfo", "",
     "vmSwapPlacement:string spbmEnabled:boolean defaultHardwareVersionKey:string"},
    {"ComputeResourceSummary", "",
     "totalCpu:int totalMemory:long numCpuCores:short numCpuThreads:short effectiveCpu:int "
     "effectiveMemory:long numHosts:int numEffectiveHosts:int "
     "overallStatus:ManagedEntityStatus"},
    {"DatacenterConfigInfo", "", "defaultHardwareVersionKey:string"},
    {"DatastoreCapability", "",
     "directoryHierarchySupported:boolean rawDiskMappingsSupported:boolean "
     "perFileThinProvisioningSupported:boolean storageIORMSupported:boolean "
     "nativeSnapshotSupported:boolean topLevelDirectoryCreateSupported:boolean "
     "seSparseSupported:boolean vmfsSparseSupported:boolean vsanSparseSupported:boolean "
     "upitSupported:boolean vmdkExpandSupported:boolean clusteredVmdkSupported:boolean@7.0.0.0"},
    {"DatastoreHostMount", "", "key:ref mountInfo:HostMountInfo"},
    {"DatastoreInfo", "",
     "name:string url:string freeSpace:long maxFileSize:long maxVirtualDiskCapacity:long "
     "maxMemoryFileSize:long timestamp:dateTime containerId:string aliasOf:string@6.7.1"},
    {"DatastoreSummary", "",
     "datastore:ref name:string url:string capacity:long freeSpace:long uncommitted:long "
     "accessible:boolean multipleHostAccess:boolean type:string maintenanceMode:string"},
    {"HealthSystemRuntime", "",
     "systemHealthInfo:HostSystemHealthInfo hardwareStatusInfo:HostHardwareStatusInfo"},
    {"HostConfigInfo", "", "host:ref product:AboutInfo"},
    {"HostConfigSummary", "",
     "name:string port:int sslThumbprint:string product:AboutInfo vmotionEnabled:boolean "
     "faultToleranceEnabled:boolean featureVersion:HostFeatureVersionInfo* "
     "agentVmDatastore:ref agentVmNetwork:ref"},
    {"HostCpuInfo", "",
     "numCpuPackages:short numCpuCores:short numCpuThreads:short hz:long"},
    {"HostDevice", "", "deviceName:string deviceType:string"},
    {"HostDiskDimensionsLba", "", "blockSize:int block:long"},
    {"HostFeatureVersionInfo", "", "key:string value:string"},
    {"HostFileSystemVolume", "", "type:string name:string capacity:long"},
    {"HostForceMountedInfo", "", "persist:boolean mounted:boolean"},
    {"HostHardwareElementInfo", "", "name:string status:ElementDescription"},
    {"HostHardwareInfo", "", "systemInfo:HostSystemInfo cpuInfo:HostCpuInfo memorySize:long"},
    {"HostHardwareStatusInfo", "",
     "memoryStatusInfo:HostHardwareElementInfo* cpuStatusInfo:HostHardwareElementInfo* "
     "storageStatusInfo:HostStorageElementInfo*"},
    {"HostHardwareSummary", "",
     "vendor:string model:string uuid:string "
     "otherIdentifyingInfo:HostSystemIdentificationInfo* memorySize:long cpuModel:string "
     "cpuMhz:int numCpuPkgs:short numCpuCores:short numCpuThreads:short numNics:int "
     "numHBAs:int"},
    {"HostListSummary", "",
     "host:ref hardware:HostHardwareSummary runtime:HostRuntimeInfo config:HostConfigSummary "
     "quickStats:HostListSummaryQuickStats overallStatus:ManagedEntityStatus "
     "rebootRequired:boolean customValue:CustomFieldValue* managementServerIp:string "
     "maxEVCModeKey:string currentEVCModeKey:string currentEVCGraphicsModeKey:string@7.0.0.0 "
     "gateway:HostListSummaryGatewaySummary tpmAttestation:HostTpmAttestationInfo "
     "trustAuthorityAttestationInfos:HostTrustAuthorityAttestationInfo*@7.0.0.0"},
    {"HostListSummaryGatewaySummary", "", "gatewayType:string gatewayId:string"},
    {"HostListSummaryQuickStats", "",
     "overallCpuUsage:int overallMemoryUsage:int distributedCpuFairness:int "
     "distributedMemoryFairness:int availablePMemCapacity:int uptime:int"},
    {"HostMountInfo", "",
     "path:string accessMode:string mounted:boolean accessible:boolean "
     "inaccessibleReason:string"},
    {"HostNasVolume", "HostFileSystemVolume",
     "remoteHost:string remotePath:string userName:string remoteHostNames:string* "
     "securityType:string protocolEndpoint:boolean"},
    {"HostProtocolEndpoint", "",
     "peType:string type:string uuid:string hostKey:ref* storageArray:string nfsServer:string "
     "nfsDir:string nfsServerScope:string nfsServerMajor:string nfsServerAuthType:string "
     "nfsServerUser:string deviceId:string"},
    {"HostRuntimeInfo", "",
     "connectionState:HostSystemConnectionState powerState:HostSystemPowerState "
     "standbyMode:string inMaintenanceMode:boolean inQuarantineMode:boolean bootTime:dateTime "
     "healthSystemRuntime:HealthSystemRuntime dasHostState:ClusterDasFdmHostState "
     "tpmPcrValues:HostTpmDigestInfo* vsanRuntimeInfo:VsanHostRuntimeInfo "
     "networkRuntimeInfo:HostRuntimeInfoNetworkRuntimeInfo "
     "vFlashResourceRuntimeInfo:HostVFlashManagerVFlashResourceRunTimeInfo "
     "hostMaxVirtualDiskCapacity:long cryptoState:string cryptoKeyId:CryptoKeyId"},
    {"HostScsiDisk", "ScsiLun",
     "capacity:HostDiskDimensionsLba devicePath:string ssd:boolean localDisk:boolean "
     "physicalLocation:string* emulatedDIXDIFEnabled:boolean vsanDiskInfo:VsanHostVsanDiskInfo "
     "scsiDiskType:string"},
    {"HostScsiDiskPartition", "", "diskName:string partition:int"},
    {"HostStorageElementInfo", "HostHardwareElementInfo",
     "operationalInfo:HostStorageOperationalInfo*"},
    {"HostStorageOperationalInfo", "", "property:string value:string"},
    {"HostSystemIdentificationInfo", "",
     "identifierValue:string identifierType:ElementDescription"},
    {"HostSystemInfo", "",
     "vendor:string model:string uuid:string "
     "otherIdentifyingInfo:HostSystemIdentificationInfo* serialNumber:string"},
    {"HostTpmAttestationInfo", "",
     "time:dateTime status:HostTpmAttestationInfoAcceptanceStatus message:LocalizableMessage"},
    {"HostTrustAuthorityAttestationInfo", "",
     "attestationStatus:string serviceId:string attestedAt:dateTime attestedUntil:dateTime "
     "messages:LocalizableMessage*"},
    {"HostVFlashManagerVFlashResourceRunTimeInfo", "",
     "usage:long capacity:long accessible:boolean capacityForVmCache:long freeForVmCache:long"},
    {"HostVmfsVolume", "HostFileSystemVolume",
     "blockSizeMb:int blockSize:int unmapGranularity:int unmapPriority:string "
     "unmapBandwidthSpec:VmfsUnmapBandwidthSpec maxBlocks:int majorVersion:int version:string "
     "uuid:string extent:HostScsiDiskPartition* vmfsUpgradable:boolean "
     "forceMountedInfo:HostForceMountedInfo ssd:boolean local:boolean scsiDiskType:string"},
    {"HostVvolVolume", "HostFileSystemVolume",
     "scId:string hostPE:VVolHostPE* vasaProviderInfo:VimVasaProviderInfo* "
     "storageArray:VASAStorageArray*"},
    {"LocalDatastoreInfo", "DatastoreInfo", "path:string"},
    {"NasDatastoreInfo", "DatastoreInfo", "nas:HostNasVolume"},
    {"NetworkSummary", "",
     "network:ref name:string accessible:boolean ipPoolName:string ipPoolId:int"},
    {"OpaqueNetworkSummary", "NetworkSummary", "opaqueNetworkId:string opaqueNetworkType:string"},
    {"ResourcePoolQuickStats", "",
     "overallCpuUsage:long overallCpuDemand:long guestMemoryUsage:long hostMemoryUsage:long "
     "distributedCpuEntitlement:long distributedMemoryEntitlement:long "
     "staticCpuEntitlement:int staticMemoryEntitlement:int privateMemory:long "
     "sharedMemory:long swappedMemory:long balloonedMemory:long overheadMemory:long "
     "consumedOverheadMemory:long compressedMemory:long"},
    {"ResourcePoolResourceUsage", "",
     "reservationUsed:long reservationUsedForVm:long unreservedForPool:long "
     "unreservedForVm:long overallUsage:long maxUsage:long"},
    {"ResourcePoolRuntimeInfo", "",
     "memory:ResourcePoolResourceUsage cpu:ResourcePoolResourceUsage "
     "overallStatus:ManagedEntityStatus sharesScalable:string@7.0.0.0"},
    {"ResourcePoolSummary", "",
     "name:string config:ResourceConfigSpec runtime:ResourcePoolRuntimeInfo "
     "quickStats:ResourcePoolQuickStats configuredMemoryMB:int"},
    {"ScsiLun", "HostDevice",
     "key:string uuid:string descriptor:ScsiLunDescriptor* canonicalName:string "
     "displayName:string lunType:string vendor:string model:string revision:string "
     "scsiLevel:int serialNumber:string durableName:ScsiLunDurableName "
     "alternateName:ScsiLunDurableName* standardInquiry:byte* queueDepth:int "
     "operationalState:string* capabilities:ScsiLunCapabilities vStorageSupport:string "
     "protocolEndpoint:boolean perenniallyReserved:boolean@7.0.0.0 "
     "clusteredVmdkSupported:boolean@7.0.0.0"},
    {"ScsiLunCapabilities", "", "updateDisplayNameSupported:boolean"},
    {"ScsiLunDescriptor", "", "quality:string id:string"},
    {"ScsiLunDurableName", "", "namespace:string namespaceId:byte data:byte*"},
    {"StorageIORMInfo", "",
     "enabled:boolean congestionThresholdMode:string congestionThreshold:int "
     "percentOfPeakThroughput:int statsCollectionEnabled:boolean reservationEnabled:boolean "
     "statsAggregationDisabled:boolean reservableIopsThreshold:int"},
    {"VASAStorageArray", "", "name:string uuid:string vendorId:string modelId:string"},
    {"VVolHostPE", "", "key:ref protocolEndpoint:HostProtocolEndpoint*"},
    {"VimVasaProvider", "", "uid:string url:string name:string selfSignedCertificate:string"},
    {"VimVasaProviderInfo", "",
     "provider:VimVasaProvider arrayState:VimVasaProviderStatePerArray*"},
    {"VimVasaProviderStatePerArray", "", "priority:int arrayId:string active:boolean"},
    {"VmfsDatastoreInfo", "DatastoreInfo",
     "maxPhysicalRDMFileSize:long maxVirtualRDMFileSize:long vmfs:HostVmfsVolume"},
    {"VmfsUnmapBandwidthSpec", "",
     "policy:string fixedValue:long dynamicMin:long dynamicMax:long"},
    {"VsanClusterConfigInfo", "",
     "enabled:boolean defaultConfig:VsanClusterConfigInfoHostDefaultInfo"},
    {"VsanClusterConfigInfoHostDefaultInfo", "",
     "uuid:string autoClaimStorage:boolean checksumEnabled:boolean"},
    {"VsanDatastoreInfo", "DatastoreInfo", "membershipUuid:string accessGenNo:int"},
    {"VsanHostConfigInfo", "",
     "enabled:boolean hostSystem:ref clusterInfo:VsanHostConfigInfoClusterInfo "
     "storageInfo:VsanHostConfigInfoStorageInfo networkInfo:VsanHostConfigInfoNetworkInfo "
     "faultDomainInfo:VsanHostFaultDomainInfo"},
    {"VsanHostConfigInfoClusterInfo", "", "uuid:string nodeUuid:string"},
    {"VsanHostConfigInfoNetworkInfo", "", "port:VsanHostConfigInfoNetworkInfoPortConfig*"},
    {"VsanHostConfigInfoNetworkInfoPortConfig", "", "ipConfig:VsanHostIpConfig device:string"},
    {"VsanHostConfigInfoStorageInfo", "",
     "autoClaimStorage:boolean diskMapping:VsanHostDiskMapping* "
     "diskMapInfo:VsanHostDiskMapInfo* checksumEnabled:boolean"},
    {"VsanHostDiskMapInfo", "", "mapping:VsanHostDiskMapping mounted:boolean"},
    {"VsanHostDiskMapping", "", "ssd:HostScsiDisk nonSsd:HostScsiDisk*"},
    {"VsanHostFaultDomainInfo", "", "name:string"},
    {"VsanHostIpConfig", "", "upstreamIpAddress:string downstreamIpAddress:string"},
    {"VsanHostMembershipInfo", "", "nodeUuid:string hostname:string"},
    {"VsanHostRuntimeInfo", "",
     "membershipList:VsanHostMembershipInfo* diskIssues:VsanHostRuntimeInfoDiskIssue* "
     "accessGenNo:int"},
    {"VsanHostRuntimeInfoDiskIssue", "", "diskId:string issue:string"},
    {"VsanHostVsanDiskInfo", "", "vsanUuid:string formatVersion:int"},
    {"VvolDatastoreInfo", "DatastoreInfo", "vvolDS:HostVvolVolume"},
};
// clang-format on

}  // namespace

std::span<const SchemaRow> inventory_schema() { return kRows; }

}  // namespace sim
