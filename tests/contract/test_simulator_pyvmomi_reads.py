"""VMware's own client reads vcenter-sim: inventory, files, events, counters, tags, sessions, API versions."""

import base64
import json
import ssl
import unittest
import urllib.request

from pyvmomi_case import START, Collector, Disconnect, SimulatorCase, connect, disks_of
from pyVmomi import vim, vmodl
from simulator import Simulator


class ReadsTheInventory(SimulatorCase):
    def test_who_it_is(self):
        about = self.content.about
        self.assertEqual(("VirtualCenter", "vpx", "8.0.2.0"), (about.apiType, about.productLineId, about.apiVersion))
        self.assertRegex(about.instanceUuid, r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        session = self.content.sessionManager.currentSession
        self.assertEqual(self.server.username, session.userName)
        self.assertEqual(START[:13], self.service.CurrentTime().isoformat()[:13])

    def test_lists_through_a_container_view_in_pages(self):
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, [vim.VirtualMachine], True)
        walk = Collector.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
        spec = Collector.FilterSpec(
            objectSet=[Collector.ObjectSpec(obj=view, skip=True, selectSet=[walk])],
            propSet=[Collector.PropertySpec(type=vim.VirtualMachine, all=False, pathSet=["name", "snapshot"])])
        page = self.content.propertyCollector.RetrievePropertiesEx([spec], Collector.RetrieveOptions(maxObjects=6))
        self.assertEqual(6, len(page.objects))
        seen = [item.obj._moId for item in page.objects]
        while page.token:
            page = self.content.propertyCollector.ContinueRetrievePropertiesEx(page.token)
            seen += [item.obj._moId for item in page.objects]
        self.assertEqual(sorted(vm["moid"] for vm in self.server.state()["vms"]), sorted(seen))
        self.assertEqual(len(seen), len(set(seen)))
        view.DestroyView()
        self.fails(vmodl.fault.ManagedObjectNotFound, lambda: view.view)

    def test_finds_by_path_and_uuid(self):
        vm, index = self.unused[-1], self.content.searchIndex
        path, parent = vm.name, vm.parent
        while parent.parent:
            path, parent = f"{parent.name}/{path}", parent.parent
        self.assertEqual(vm, index.FindByInventoryPath(path))
        self.assertIsNone(index.FindByInventoryPath(path + "-nobody"))
        self.assertEqual(vm, index.FindByUuid(None, vm.config.instanceUuid, True, True))
        self.assertEqual(vm, index.FindByUuid(None, vm.config.uuid, True, False))
        self.assertIsNone(index.FindByUuid(None, vm.config.instanceUuid, True, False))
        self.assertEqual(vm, index.FindByDatastorePath(self.datacenter(), vm.config.files.vmPathName))

    def datacenter(self):
        return self.content.rootFolder.childEntity[0]

    def test_reads_a_part_of_a_value_as_an_array(self):
        vm = self.unused[-1]
        spec = Collector.FilterSpec(
            objectSet=[Collector.ObjectSpec(obj=vm)],
            propSet=[Collector.PropertySpec(type=vim.VirtualMachine, pathSet=["layoutEx.file", "config.template"])])
        item = self.content.propertyCollector.RetrieveProperties([spec])[0]
        read = {prop.name: prop.val for prop in item.propSet}
        self.assertEqual([file.name for file in vm.layoutEx.file], [file.name for file in read["layoutEx.file"]])
        self.assertIs(False, read["config.template"])
        labels = self.content.taskManager.description.methodInfo
        self.assertIn("VirtualMachine.createSnapshot", [label.key for label in labels])

    def test_a_path_that_is_none_fails_the_call(self):
        spec = Collector.FilterSpec(
            objectSet=[Collector.ObjectSpec(obj=self.unused[-1])],
            propSet=[Collector.PropertySpec(type=vim.VirtualMachine, pathSet=["snapshots"])])
        fault = self.fails(vmodl.query.InvalidProperty, self.content.propertyCollector.RetrieveProperties, [spec])
        self.assertEqual("snapshots", fault.name)


class LooksAround(SimulatorCase):
    def search(self, vm, below, **spec):
        store = next(store for store in vm.datastore if store.name == vm.config.files.vmPathName[1:].split("]")[0])
        spec = vim.host.DatastoreBrowser.SearchSpec(**spec)
        folder = vm.config.files.vmPathName.rsplit("/", 1)[0]
        if below:
            return self.finish(store.browser.SearchDatastoreSubFolders_Task(f"[{store.name}]", spec))
        return self.finish(store.browser.SearchDatastore_Task(folder, spec))

    def test_browses_a_folder(self):
        vm = self.a_vm()
        self.snapshot(vm, "a")
        flags = vim.host.DatastoreBrowser.FileInfo.Details(fileType=True, fileSize=True, modification=True,
                                                           fileOwner=True)
        found = self.search(vm, False, details=flags)
        listed = {file.name for file in vm.layoutEx.file if file.name.startswith(found.folderPath)}
        self.assertEqual(listed, {found.folderPath + file.path for file in found.file})
        kinds = {file.path.rsplit(".", 1)[1]: type(file) for file in found.file}
        self.assertEqual(vim.host.DatastoreBrowser.VmConfigInfo, kinds["vmx"])
        self.assertEqual(vim.host.DatastoreBrowser.VmSnapshotInfo, kinds["vmsn"])
        self.assertTrue(all(file.fileSize is not None and file.modification for file in found.file))

    def test_searches_a_datastore_for_disks(self):
        vm = self.a_vm()
        query = vim.host.DatastoreBrowser.VmDiskQuery(
            details=vim.host.DatastoreBrowser.VmDiskQuery.Details(diskType=False, capacityKb=True, hardwareVersion=False,
                                                                  thin=True))
        found = self.search(vm, True, query=[query], matchPattern=["*.vmdk"])
        files = {folder.folderPath + file.path: file for folder in found for file in folder.file}
        for disk in disks_of(vm.config):
            self.assertEqual(disk.capacityInKB, files[disk.backing.fileName].capacityKb)
        self.assertEqual({vim.host.DatastoreBrowser.VmDiskInfo}, {type(file) for file in files.values()})

    def test_a_folder_or_datastore_that_is_not_there_is_told(self):
        store = self.unused[0].datastore[0]
        task = store.browser.SearchDatastore_Task(f"[{store.name}] nowhere")
        self.assertIn("nowhere", self.task_fails(vim.fault.FileNotFound, task).file)
        self.fails(vim.fault.InvalidDatastore, store.browser.SearchDatastore_Task, "[nothing] x")
        self.fails(vim.fault.InvalidDatastorePath, store.browser.SearchDatastore_Task, "x")

    def test_reads_events_forth_and_back(self):
        vm, manager = self.a_vm(), self.content.eventManager
        for text in ("one", "two", "three"):
            manager.LogUserEvent(vm, text)
        by_entity = vim.event.EventFilterSpec.ByEntity(entity=vm, recursion="self")
        filter_spec = vim.event.EventFilterSpec(entity=by_entity, eventTypeId=["vim.event.GeneralUserEvent"])
        self.assertEqual(["one", "two", "three"], [event.message for event in manager.QueryEvents(filter_spec)])
        reader = manager.CreateCollectorForEvents(filter_spec)
        self.assertEqual(["one", "two"], [event.message for event in reader.ReadNextEvents(2)])
        self.assertEqual(["three"], [event.message for event in reader.ReadNextEvents(2)])
        self.assertEqual(["three", "two"], [event.message for event in reader.ReadPreviousEvents(2)])
        reader.RewindCollector()
        self.assertEqual("one", reader.ReadNextEvents(1)[0].message)
        reader.SetCollectorPageSize(2)
        self.assertEqual({"two", "three"}, {event.message for event in reader.latestPage})
        self.assertEqual(vm.name, reader.latestPage[0].vm.name)
        self.fails(vmodl.fault.InvalidArgument, reader.ReadNextEvents, 0)
        reader.DestroyCollector()

    def test_reads_latency_of_virtual_disks(self):
        vm, manager = self.a_vm(), self.content.perfManager
        names = {f"{info.groupInfo.key}.{info.nameInfo.key}.{info.rollupType}": info.key
                 for info in manager.perfCounter}
        counter = names["virtualDisk.totalReadLatency.average"]
        self.assertEqual([counter], [info.key for info in manager.QueryPerfCounter([counter])])
        self.assertIn(counter, [metric.counterId for metric in manager.QueryAvailablePerfMetric(vm, intervalId=20)])
        self.assertEqual(20, manager.QueryPerfProviderSummary(vm).refreshRate)
        metric = vim.PerformanceManager.MetricId(counterId=counter, instance="*")
        spec = vim.PerformanceManager.QuerySpec(entity=vm, metricId=[metric], intervalId=20, maxSample=15)
        found = manager.QueryPerf([spec])[0]
        self.assertEqual(len(disks_of(vm.config)), len(found.value))
        self.assertEqual(15, len(found.sampleInfo))
        for series in found.value:
            self.assertRegex(series.id.instance, r"^scsi\d+:\d+$")
            self.assertEqual(15, len(series.value))
            self.assertGreaterEqual(min(series.value), 0)
            self.assertGreater(max(series.value), 0)

    def test_reads_and_sets_tags_over_rest(self):
        vm = self.a_vm()
        basic = base64.b64encode(f"{self.server.username}:{self.server.password}".encode()).decode()
        status, _, text = self.server.request("POST", "/rest/com/vmware/cis/session",
                                              headers={"Authorization": f"Basic {basic}"})
        self.assertEqual(200, status)
        login = {"vmware-api-session-id": json.loads(text)["value"]}
        base = "/rest/com/vmware/cis/tagging"

        def ask(method, path, body=None):
            status, _, text = self.server.request(method, base + path, body, login)
            self.assertEqual(200, status, text)
            return json.loads(text)["value"] if text else None
        category = ask("POST", "/category", {"create_spec": {"name": "Backup", "description": "", "cardinality": "SINGLE",
                                                             "associable_types": []}})
        tag = ask("POST", "/tag", {"create_spec": {"name": "gold", "description": "daily", "category_id": category}})
        self.assertEqual("gold", ask("GET", f"/tag/id:{tag}")["name"])
        self.assertEqual(("Backup", "SINGLE"), (ask("GET", f"/category/id:{category}")["name"],
                                                ask("GET", f"/category/id:{category}")["cardinality"]))
        thing = {"id": vm._moId, "type": "VirtualMachine"}
        ask("POST", f"/tag-association/id:{tag}?~action=attach", {"object_id": thing})
        found = ask("POST", "/tag-association?~action=list-attached-tags-on-objects", {"object_ids": [thing]})
        self.assertEqual([{"object_id": thing, "tag_ids": [tag]}], found)
        self.assertEqual(404, self.server.request("GET", base + "/tag/id:nothing", headers=login)[0])
        self.assertEqual(401, self.server.request("GET", base + "/tag")[0])


class KeepsSessions(unittest.TestCase):
    FLAGS = ("--vms", 2, "--speed", 0)

    def test_a_wrong_password_is_told(self):
        with Simulator(*self.FLAGS) as server:
            with self.assertRaises(vim.fault.InvalidLogin):
                connect(server, pwd="wrong")

    def test_a_session_that_was_ended_is_not_authenticated(self):
        with Simulator(*self.FLAGS) as server:
            first, second = connect(server), connect(server)
            key = first.content.sessionManager.currentSession.key
            view = first.content.viewManager.CreateContainerView(first.content.rootFolder, [], True)
            second.content.sessionManager.TerminateSession([key])
            with self.assertRaises(vim.fault.NotAuthenticated):
                first.CurrentTime()
            self.assertIsNone(first.content.sessionManager.currentSession)
            with self.assertRaises((vim.fault.NotAuthenticated, vmodl.fault.ManagedObjectNotFound)):
                view.DestroyView()
            Disconnect(second)

    def test_a_restart_ends_all_sessions(self):
        with Simulator(*self.FLAGS) as server:
            service = connect(server)
            server.touch(act="restart")
            with self.assertRaises(vim.fault.NotAuthenticated):
                service.CurrentTime()

    def test_there_is_a_limit_and_logout_frees_a_place(self):
        with Simulator(*self.FLAGS, "--session-limit", 2) as server:
            one, two = connect(server), connect(server)
            with self.assertRaises(vmodl.MethodFault) as caught:
                connect(server)
            self.assertIsInstance(caught.exception, vim.fault.LimitExceeded)
            Disconnect(two)
            Disconnect(connect(server))
            Disconnect(one)


class SpeaksVersions(unittest.TestCase):
    TASK = """<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>
<RetrieveServiceContent xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></RetrieveServiceContent>
</soapenv:Body></soapenv:Envelope>"""

    def content(self, server, version):
        request = urllib.request.Request(server.url, data=self.TASK.encode(), headers={
            "Content-Type": "text/xml", "SOAPAction": f'"urn:vim25/{version}"'})
        with urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=60) as reply:
            return reply.read().decode()

    def test_pyvmomi_works_with_each_of_them(self):
        for version in ("6.7", "7.0.3.2", "8.0.2.0", "9.0.0.0"):
            with self.subTest(version), Simulator("--vms", 2, "--speed", 0, "--api-version", version) as server:
                _, _, offered = server.request("GET", "/sdk/vimServiceVersions.xml")
                self.assertIn(f"<version>{version}</version>", offered)
                service = connect(server)
                self.assertEqual(version, service.content.about.apiVersion)
                view = service.content.viewManager.CreateContainerView(service.content.rootFolder,
                                                                       [vim.VirtualMachine], True)
                self.assertEqual(2, len(view.view))
                Disconnect(service)

    def test_newer_fields_are_hidden_from_older_clients(self):
        with Simulator("--vms", 1, "--speed", 0, "--api-version", "8.0.2.0") as server:
            old, new = self.content(server, "6.7"), self.content(server, "8.0.2.0")
            self.assertNotIn("<guestCustomizationManager", old)
            self.assertIn("<about>", old)
            self.assertIn("<apiVersion>8.0.2.0</apiVersion>", old)
            self.assertEqual(old.count("<rootFolder"), new.count("<rootFolder"))


if __name__ == "__main__":
    unittest.main()
