"""The SOAP methods that deltakeep may send, written down a second time: vsphere-client has its own list.

Every test that starts vcenter-sim ends with a look at the server's request log (simulator.py), so that over the whole
suite nothing else has left the program.
"""

READING = {"RetrieveServiceContent", "Login", "Logout", "CurrentTime", "CreateContainerView", "DestroyView",
           "RetrievePropertiesEx", "ContinueRetrievePropertiesEx", "CancelRetrievePropertiesEx",
           "CreatePropertyCollector", "DestroyPropertyCollector", "CreateFilter", "DestroyPropertyFilter",
           "WaitForUpdatesEx", "HasPrivilegeOnEntities", "RefreshStorageInfo", "RefreshDatastoreStorageInfo",
           "EstimateStorageForConsolidateSnapshots_Task", "CreateCollectorForTasks", "ReadNextTasks",
           "DestroyCollector"}
CHANGING = {"CreateSnapshot_Task", "CreateSnapshotEx_Task", "RemoveSnapshot_Task", "RevertToSnapshot_Task",
            "RenameSnapshot", "ConsolidateVMDisks_Task", "CloneVM_Task", "Destroy_Task"}


def forbidden(log):
    """What deltakeep sent of a vcenter-sim's request log and should not have: method and object of each."""
    return [(entry["method"], entry["object"]) for entry in log
            if entry["user_agent"].startswith("deltakeep/") and entry["method"] not in READING | CHANGING]
