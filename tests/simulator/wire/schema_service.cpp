// Sessions, tasks, events, performance, the collector and other services.
#include "tests/simulator/wire/schema.h"

namespace sim {
namespace {

// clang-format off
constexpr SchemaRow kRows[] = {
    {"AlarmEvent", "Event", "alarm:AlarmEventArgument"},
    {"AlarmEventArgument", "EntityEventArgument", "alarm:ref"},
    {"AlarmStatusChangedEvent", "AlarmEvent",
     "source:ManagedEntityEventArgument entity:ManagedEntityEventArgument from:string "
     "to:string"},
    {"ArrayUpdateSpec", "", "operation:ArrayUpdateOperation removeKey:anyType"},
    {"AuthorizationDescription", "",
     "privilege:ElementDescription* privilegeGroup:ElementDescription*"},
    {"AuthorizationPrivilege", "",
     "privId:string onParent:boolean name:string privGroupName:string"},
    {"AuthorizationRole", "",
     "roleId:int system:boolean name:string info:Description privilege:string*"},
    {"ChangesInfoEventArgument", "", "modified:string added:string deleted:string"},
    {"CryptoSpec", "", ""},
    {"CustomFieldDefAddedEvent", "CustomFieldDefEvent", ""},
    {"CustomFieldDefEvent", "CustomFieldEvent", "fieldKey:int name:string"},
    {"CustomFieldEvent", "Event", ""},
    {"CustomFieldValueChangedEvent", "CustomFieldEvent",
     "entity:ManagedEntityEventArgument fieldKey:int name:string value:string prevState:string"},
    {"DynamicProperty", "", "name:string val:anyType"},
    {"EntityPrivilege", "", "entity:ref privAvailability:PrivilegeAvailability*"},
    {"EnumDescription", "", "key:string tags:ElementDescription*"},
    {"EventDescription", "",
     "category:ElementDescription* eventInfo:EventDescriptionEventDetail* "
     "enumeratedTypes:EnumDescription*"},
    {"EventDescriptionEventDetail", "",
     "key:string description:string category:string formatOnDatacenter:string "
     "formatOnComputeResource:string formatOnHost:string formatOnVm:string fullFormat:string "
     "longDescription:string"},
    {"EventEx", "Event",
     "eventTypeId:string severity:string message:string arguments:KeyAnyValue* objectId:string "
     "objectType:string objectName:string fault:LocalizedMethodFault"},
    {"ExtendedEvent", "GeneralEvent",
     "eventTypeId:string managedObject:ref data:ExtendedEventPair*"},
    {"ExtendedEventPair", "", "key:string value:string"},
    {"FileInfo", "",
     "path:string friendlyName:string fileSize:long modification:dateTime owner:string"},
    {"FolderEventArgument", "EntityEventArgument", "folder:ref"},
    {"FolderFileInfo", "FileInfo", ""},
    {"GeneralEvent", "Event", "message:string"},
    {"GeneralUserEvent", "GeneralEvent", "entity:ManagedEntityEventArgument"},
    {"HostConnectedEvent", "HostEvent", ""},
    {"HostConnectionLostEvent", "HostEvent", ""},
    {"HostDatastoreBrowserSearchResults", "", "datastore:ref folderPath:string file:FileInfo*"},
    {"HostDisconnectedEvent", "HostEvent", "reason:string"},
    {"HostEvent", "Event", ""},
    {"ManagedEntityEventArgument", "EntityEventArgument", "entity:ref"},
    {"MissingObject", "", "obj:ref fault:LocalizedMethodFault"},
    {"MissingProperty", "", "path:string fault:LocalizedMethodFault"},
    {"ObjectContent", "", "obj:ref propSet:DynamicProperty* missingSet:MissingProperty*"},
    {"ObjectSpec", "", "obj:ref skip:boolean selectSet:SelectionSpec*"},
    {"ObjectUpdate", "",
     "kind:ObjectUpdateKind obj:ref changeSet:PropertyChange* missingSet:MissingProperty*"},
    {"PerfCounterInfo", "",
     "key:int nameInfo:ElementDescription groupInfo:ElementDescription "
     "unitInfo:ElementDescription rollupType:PerfSummaryType statsType:PerfStatsType level:int "
     "perDeviceLevel:int associatedCounterId:int*"},
    {"PerfEntityMetric", "PerfEntityMetricBase",
     "sampleInfo:PerfSampleInfo* value:PerfMetricSeries*"},
    {"PerfEntityMetricBase", "", "entity:ref"},
    {"PerfEntityMetricCSV", "PerfEntityMetricBase",
     "sampleInfoCSV:string value:PerfMetricSeriesCSV*"},
    {"PerfInterval", "",
     "key:int samplingPeriod:int name:string length:int level:int enabled:boolean"},
    {"PerfMetricId", "", "counterId:int instance:string"},
    {"PerfMetricIntSeries", "PerfMetricSeries", "value:long*"},
    {"PerfMetricSeries", "", "id:PerfMetricId"},
    {"PerfMetricSeriesCSV", "PerfMetricSeries", "value:string"},
    {"PerfProviderSummary", "",
     "entity:ref currentSupported:boolean summarySupported:boolean refreshRate:int"},
    {"PerfSampleInfo", "", "timestamp:dateTime interval:int"},
    {"PrivilegeAvailability", "", "privId:string isGranted:boolean"},
    {"PropertyChange", "", "name:string op:PropertyChangeOp val:anyType"},
    {"PropertyFilterSpec", "",
     "propSet:PropertySpec* objectSet:ObjectSpec* reportMissingObjectsInResults:boolean"},
    {"PropertyFilterUpdate", "", "filter:ref objectSet:ObjectUpdate* missingSet:MissingObject*"},
    {"PropertySpec", "", "type:string all:boolean pathSet:string*"},
    {"ResourcePoolEventArgument", "EntityEventArgument", "resourcePool:ref"},
    {"RetrieveResult", "", "token:string objects:ObjectContent*"},
    {"SelectionSpec", "", "name:string"},
    {"ServiceContent", "",
     "rootFolder:ref propertyCollector:ref viewManager:ref about:AboutInfo setting:ref "
     "userDirectory:ref sessionManager:ref authorizationManager:ref serviceManager:ref "
     "perfManager:ref scheduledTaskManager:ref alarmManager:ref eventManager:ref "
     "taskManager:ref extensionManager:ref customizationSpecManager:ref "
     "guestCustomizationManager:ref@7.0.0.0 customFieldsManager:ref accountManager:ref "
     "diagnosticManager:ref licenseManager:ref searchIndex:ref fileManager:ref "
     "datastoreNamespaceManager:ref virtualDiskManager:ref virtualizationManager:ref "
     "snmpSystem:ref vmProvisioningChecker:ref vmCompatibilityChecker:ref ovfManager:ref "
     "ipPoolManager:ref dvSwitchManager:ref hostProfileManager:ref clusterProfileManager:ref "
     "complianceManager:ref localizationManager:ref storageResourceManager:ref "
     "guestOperationsManager:ref overheadMemoryManager:ref certificateManager:ref "
     "ioFilterManager:ref vStorageObjectManager:ref hostSpecManager:ref cryptoManager:ref "
     "healthUpdateManager:ref failoverClusterConfigurator:ref failoverClusterManager:ref "
     "tenantManager:ref@7.0.0.0 siteInfoManager:ref@7.0.0.0 storageQueryManager:ref@7.0.0.0"},
    {"SessionEvent", "Event", ""},
    {"TaskDescription", "",
     "methodInfo:ElementDescription* state:ElementDescription* reason:TypeDescription*"},
    {"TaskEvent", "Event", "info:TaskInfo"},
    {"TaskInfo", "",
     "key:string task:ref description:LocalizableMessage name:string descriptionId:string "
     "entity:ref entityName:string locked:ref* state:TaskInfoState cancelled:boolean "
     "cancelable:boolean error:LocalizedMethodFault result:anyType progress:int "
     "progressDetails:KeyAnyValue*@8.0.1.0 reason:TaskReason queueTime:dateTime "
     "startTime:dateTime completeTime:dateTime eventChainId:int changeTag:string "
     "parentTaskKey:string rootTaskKey:string activationId:string"},
    {"TaskReason", "", ""},
    {"TaskReasonAlarm", "TaskReason", "alarmName:string alarm:ref entityName:string entity:ref"},
    {"TaskReasonSchedule", "TaskReason", "name:string scheduledTask:ref"},
    {"TaskReasonSystem", "TaskReason", ""},
    {"TaskReasonUser", "TaskReason", "userName:string"},
    {"TraversalSpec", "SelectionSpec",
     "type:string path:string skip:boolean selectSet:SelectionSpec*"},
    {"TypeDescription", "Description", "key:string"},
    {"UpdateSet", "", "version:string filterSet:PropertyFilterUpdate* truncated:boolean"},
    {"UserLoginSessionEvent", "SessionEvent",
     "ipAddress:string userAgent:string locale:string sessionId:string"},
    {"UserLogoutSessionEvent", "SessionEvent",
     "ipAddress:string userAgent:string callCount:long sessionId:string loginTime:dateTime"},
    {"UserPrivilegeResult", "", "entity:ref privileges:string*"},
    {"UserSession", "",
     "key:string userName:string fullName:string loginTime:dateTime lastActiveTime:dateTime "
     "locale:string messageLocale:string extensionSession:boolean ipAddress:string "
     "userAgent:string callCount:long"},
    {"VAppOvfSectionSpec", "ArrayUpdateSpec", "info:VAppOvfSectionInfo"},
    {"VAppProductSpec", "ArrayUpdateSpec", "info:VAppProductInfo"},
    {"VAppPropertySpec", "ArrayUpdateSpec", "info:VAppPropertyInfo"},
    {"VirtualDeviceConfigSpec", "",
     "operation:VirtualDeviceConfigSpecOperation "
     "fileOperation:VirtualDeviceConfigSpecFileOperation device:VirtualDevice "
     "profile:VirtualMachineProfileSpec* backing:VirtualDeviceConfigSpecBackingSpec"},
    {"VirtualDeviceConfigSpecBackingSpec", "",
     "parent:VirtualDeviceConfigSpecBackingSpec crypto:CryptoSpec"},
    {"VirtualMachineAffinityInfo", "", "affinitySet:int*"},
    {"VirtualMachineConfigSpec", "",
     "changeVersion:string name:string version:string createDate:dateTime uuid:string "
     "instanceUuid:string npivNodeWorldWideName:long* npivPortWorldWideName:long* "
     "npivWorldWideNameType:string npivDesiredNodeWwns:short npivDesiredPortWwns:short "
     "npivTemporaryDisabled:boolean npivOnNonRdmDisks:boolean npivWorldWideNameOp:string "
     "locationId:string guestId:string alternateGuestName:string annotation:string "
     "files:VirtualMachineFileInfo tools:ToolsConfigInfo flags:VirtualMachineFlagInfo "
     "consolePreferences:VirtualMachineConsolePreferences "
     "powerOpInfo:VirtualMachineDefaultPowerOpInfo numCPUs:int "
     "vcpuConfig:VirtualMachineVcpuConfig*@7.0.0.0 numCoresPerSocket:int memoryMB:long "
     "memoryHotAddEnabled:boolean cpuHotAddEnabled:boolean cpuHotRemoveEnabled:boolean "
     "virtualICH7MPresent:boolean virtualSMCPresent:boolean "
     "deviceChange:VirtualDeviceConfigSpec* cpuAllocation:ResourceAllocationInfo "
     "memoryAllocation:ResourceAllocationInfo latencySensitivity:LatencySensitivity "
     "cpuAffinity:VirtualMachineAffinityInfo memoryAffinity:VirtualMachineAffinityInfo "
     "networkShaper:VirtualMachineNetworkShaperInfo "
     "cpuFeatureMask:VirtualMachineCpuIdInfoSpec* extraConfig:OptionValue* "
     "swapPlacement:string bootOptions:VirtualMachineBootOptions vAppConfig:VmConfigSpec "
     "ftInfo:FaultToleranceConfigInfo repConfig:ReplicationConfigSpec "
     "vAppConfigRemoved:boolean vAssertsEnabled:boolean changeTrackingEnabled:boolean "
     "firmware:string maxMksConnections:int guestAutoLockEnabled:boolean "
     "managedBy:ManagedByInfo memoryReservationLockedToMax:boolean nestedHVEnabled:boolean "
     "vPMCEnabled:boolean scheduledHardwareUpgradeInfo:ScheduledHardwareUpgradeInfo "
     "vmProfile:VirtualMachineProfileSpec* messageBusTunnelEnabled:boolean crypto:CryptoSpec "
     "migrateEncryption:string sgxInfo:VirtualMachineSgxInfo@7.0.0.0 "
     "guestMonitoringModeInfo:VirtualMachineGuestMonitoringModeInfo@7.0.0.0 "
     "sevEnabled:boolean@7.0.0.0"},
    {"VirtualMachineCpuIdInfoSpec", "ArrayUpdateSpec", "info:HostCpuIdInfo"},
    {"VirtualMachineProfileSpec", "", ""},
    {"VirtualMachineVcpuConfig", "", "latencySensitivity:LatencySensitivity"},
    {"VmBeingClonedEvent", "VmCloneEvent",
     "destFolder:FolderEventArgument destName:string destHost:HostEventArgument"},
    {"VmBeingCreatedEvent", "VmEvent", "configSpec:VirtualMachineConfigSpec"},
    {"VmBeingDeployedEvent", "VmEvent", "srcTemplate:VmEventArgument"},
    {"VmCloneEvent", "VmEvent", ""},
    {"VmClonedEvent", "VmCloneEvent", "sourceVm:VmEventArgument"},
    {"VmConfigFileEncryptionInfo", "", "keyId:CryptoKeyId"},
    {"VmConfigFileInfo", "FileInfo", "configVersion:int encryption:VmConfigFileEncryptionInfo"},
    {"VmConfigSpec", "",
     "product:VAppProductSpec* property:VAppPropertySpec* ipAssignment:VAppIPAssignmentInfo "
     "eula:string* ovfSection:VAppOvfSectionSpec* ovfEnvironmentTransport:string* "
     "installBootRequired:boolean installBootStopDelay:int"},
    {"VmConnectedEvent", "VmEvent", ""},
    {"VmCreatedEvent", "VmEvent", ""},
    {"VmDeployedEvent", "VmEvent", "srcTemplate:VmEventArgument"},
    {"VmDisconnectedEvent", "VmEvent", ""},
    {"VmDiskFailedEvent", "VmEvent", "disk:string reason:LocalizedMethodFault"},
    {"VmDiskFileEncryptionInfo", "", "keyId:CryptoKeyId"},
    {"VmDiskFileInfo", "FileInfo",
     "diskType:string capacityKb:long hardwareVersion:int controllerType:string "
     "diskExtents:string* thin:boolean encryption:VmDiskFileEncryptionInfo"},
    {"VmEvent", "Event", "template:boolean"},
    {"VmLogFileInfo", "FileInfo", ""},
    {"VmMessageEvent", "VmEvent", "message:string messageInfo:VirtualMachineMessage*"},
    {"VmMigratedEvent", "VmEvent",
     "sourceHost:HostEventArgument sourceDatacenter:DatacenterEventArgument "
     "sourceDatastore:DatastoreEventArgument"},
    {"VmNvramFileInfo", "FileInfo", ""},
    {"VmPoweredOffEvent", "VmEvent", ""},
    {"VmPoweredOnEvent", "VmEvent", ""},
    {"VmReconfiguredEvent", "VmEvent",
     "configSpec:VirtualMachineConfigSpec configChanges:ChangesInfoEventArgument"},
    {"VmRegisteredEvent", "VmEvent", ""},
    {"VmRemovedEvent", "VmEvent", ""},
    {"VmRenamedEvent", "VmEvent", "oldName:string newName:string"},
    {"VmResettingEvent", "VmEvent", ""},
    {"VmResourcePoolMovedEvent", "VmEvent",
     "oldParent:ResourcePoolEventArgument newParent:ResourcePoolEventArgument"},
    {"VmSnapshotFileInfo", "FileInfo", ""},
    {"VmStartingEvent", "VmEvent", ""},
    {"VmStoppingEvent", "VmEvent", ""},
    {"VmSuspendedEvent", "VmEvent", ""},
};
// clang-format on

}  // namespace

std::span<const SchemaRow> service_schema() { return kRows; }

}  // namespace sim
