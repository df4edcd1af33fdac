// How fast replies are gated and cut, parsed, and decoded: one page of 100 VMs of ordinary shape,
// in the chunks that a network hands over.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "vsphere-client/inventory_objects.h"
#include "vsphere-client/object_content.h"
#include "vsphere-client/soap.h"
#include "vsphere-client/xml_gate.h"

namespace {

constexpr std::size_t kChunk = 16 << 10;
constexpr int kVms = 100;
constexpr int kSnapshots = 4;

std::string number(int n) { return std::to_string(n); }

std::string property(const std::string& name, const std::string& type, const std::string& value) {
  return "<propSet><name>" + name + "</name><val xsi:type=\"" + type + "\">" + value +
         "</val></propSet>";
}

std::string backing(int vm, int disk, int level) {
  const std::string file = "[datastore-prod-01] web-server-" + number(vm) + "/web-server-" +
                           number(vm) + "_" + number(disk) +
                           (level > 0 ? "-00000" + number(level) : "") + ".vmdk";
  std::string out =
      "<fileName>" + file +
      "</fileName><datastore type=\"Datastore\">datastore-15</datastore>"
      "<backingObjectId></backingObjectId><diskMode>persistent</diskMode><split>false</split>"
      "<writeThrough>false</writeThrough><thinProvisioned>true</thinProvisioned>"
      "<uuid>6000C29a-8a4c-7f0d-9d5f-3c1b2a190807</uuid>"
      "<contentId>0b5a4f1c2d3e4f5061728394a5b6c7d8</contentId>";
  if (level > 0) {
    out += "<parent>" + backing(vm, disk, level - 1) +
           "</parent><deltaDiskFormat>seSparseFormat</deltaDiskFormat>"
           "<digestEnabled>false</digestEnabled><deltaGrainSize>4</deltaGrainSize>";
  }
  return out + "<sharing>sharingNone</sharing>";
}

std::string devices(int vm) {
  std::string out;
  for (const char* name :
       {"IDE 0", "IDE 1", "PS2 controller 0", "PCI controller 0", "SIO controller 0", "Keyboard",
        "Pointing device", "Video card", "VMCI device", "SCSI controller 0"}) {
    out +=
        "<VirtualDevice xsi:type=\"VirtualController\"><key>200</key><deviceInfo "
        "xsi:type=\"Description\">"
        "<label>" +
        std::string(name) + "</label><summary>" + name +
        "</summary></deviceInfo>"
        "<busNumber>0</busNumber></VirtualDevice>";
  }
  for (int disk = 0; disk < 2; ++disk) {
    out += "<VirtualDevice xsi:type=\"VirtualDisk\"><key>" + number(2000 + disk) +
           "</key><deviceInfo "
           "xsi:type=\"Description\"><label>Hard disk " +
           number(disk + 1) +
           "</label><summary>41,943,040 KB"
           "</summary></deviceInfo><backing xsi:type=\"VirtualDiskFlatVer2BackingInfo\">" +
           backing(vm, disk, kSnapshots) +
           "</backing><controllerKey>1000</controllerKey><unitNumber>" + number(disk) +
           "</unitNumber><capacityInKB>41943040</capacityInKB><capacityInBytes>42949672960"
           "</capacityInBytes><shares><shares>1000</shares><level>normal</level></shares>"
           "<diskObjectId>1-2000</diskObjectId></VirtualDevice>";
  }
  return out;
}

std::string layout(int vm) {
  std::string files;
  std::string disks;
  int key = 0;
  for (int disk = 0; disk < 2; ++disk) {
    disks += "<disk><key>" + number(2000 + disk) + "</key>";
    for (int level = 0; level <= kSnapshots; ++level) {
      disks += "<chain>";
      for (const char* kind : {"diskDescriptor", "diskExtent"}) {
        files += "<file><key>" + number(key) + "</key><name>[datastore-prod-01] web-server-" +
                 number(vm) + "/web-server-" + number(vm) + "_" + number(disk) + "-00000" +
                 number(level) + ".vmdk</name><type>" + kind +
                 "</type><size>19922944</size><uniqueSize>19922944</uniqueSize><backingObjectId>"
                 "</backingObjectId><accessible>true</accessible></file>";
        disks += "<fileKey>" + number(key++) + "</fileKey>";
      }
      disks += "</chain>";
    }
    disks += "</disk>";
  }
  std::string snapshots;
  for (int i = 0; i < kSnapshots; ++i) {
    snapshots += "<snapshot><key type=\"VirtualMachineSnapshot\">snapshot-" + number(i) +
                 "</key><dataKey>" + number(key + i) + "</dataKey><memoryKey>-1</memoryKey>" +
                 disks + "</snapshot>";
  }
  return files + disks + snapshots + "<timestamp>2026-11-22T02:00:00.123456Z</timestamp>";
}

std::string tree(int level) {
  if (level == kSnapshots) return {};
  const std::string element = level == 0 ? "rootSnapshotList" : "childSnapshotList";
  return "<" + element + "><snapshot type=\"VirtualMachineSnapshot\">snapshot-" + number(level) +
         "</snapshot><vm "
         "type=\"VirtualMachine\">vm-1</vm><name>deltakeep-daily-20261122T020000Z</"
         "name><description>"
         "kept by policy daily</description><id>" +
         number(level + 1) + "</id><createTime>2026-11-2" + number(level) +
         "T02:00:00.123456Z</createTime><state>poweredOff</state><quiesced>false</quiesced>" +
         tree(level + 1) + "<replaySupported>false</replaySupported></" + element + ">";
}

std::string object(int vm) {
  return "<objects><obj type=\"VirtualMachine\">vm-" + number(vm) + "</obj>" +
         property("config.changeVersion", "xsd:string", "2026-11-21T02:00:00.123456Z") +
         property("config.files.vmPathName", "xsd:string",
                  "[datastore-prod-01] web-server/web-server.vmx") +
         property("config.hardware.device", "ArrayOfVirtualDevice", devices(vm)) +
         property("config.instanceUuid", "xsd:string", "502a1b2c-3d4e-5f60-7182-93a4b5c6d7e8") +
         property("config.template", "xsd:boolean", "false") +
         property("config.uuid", "xsd:string", "422a1b2c-3d4e-5f60-7182-93a4b5c6d7e8") +
         property("disabledMethod", "ArrayOfString",
                  "<string>Destroy_Task</string><string>MarkAsTemplate</string>") +
         property("layoutEx", "VirtualMachineFileLayoutEx", layout(vm)) +
         property("name", "xsd:string", "web-server-" + number(vm)) +
         property("runtime.connectionState", "VirtualMachineConnectionState", "connected") +
         property("runtime.consolidationNeeded", "xsd:boolean", "false") +
         property("runtime.powerState", "VirtualMachinePowerState", "poweredOn") +
         property("snapshot", "VirtualMachineSnapshotInfo",
                  "<currentSnapshot type=\"VirtualMachineSnapshot\">snapshot-3</currentSnapshot>" +
                      tree(0)) +
         "</objects>";
}

const std::string& page() {
  static const std::string kPage = [] {
    std::string body =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope"
        " xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>"
        "<RetrievePropertiesExResponse xmlns=\"urn:vim25\"><returnval><token>0</token>";
    for (int vm = 0; vm < kVms; ++vm) body += object(vm);
    return body + "</returnval></RetrievePropertiesExResponse></soapenv:Body></soapenv:Envelope>";
  }();
  return kPage;
}

template <class Feed>
void in_chunks(const Feed& feed) {
  for (std::size_t from = 0; from < page().size(); from += kChunk) {
    feed(std::string_view(page()).substr(from, kChunk));
  }
}

void read_page(benchmark::State& state, const vsphere::ItemSink& sink) {
  for ([[maybe_unused]] auto _ : state) {
    vsphere::SoapReader reader("RetrievePropertiesEx", "returnval/objects", sink);
    in_chunks([&](std::string_view chunk) { reader.feed(200, chunk); });
    benchmark::DoNotOptimize(reader.finish(200, "text/xml"));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(page().size()));
  state.SetItemsProcessed(state.iterations() * kVms);
}

void gate_and_cut(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    std::size_t bytes = 0;
    vsphere::XmlGate gate(
        "returnval/objects", {4 << 20, 16 << 20, 64}, [](std::string_view, bool) {},
        [&](char*, std::size_t size) { bytes += size; });
    in_chunks([&](std::string_view chunk) { gate.feed(chunk); });
    gate.finish();
    benchmark::DoNotOptimize(bytes);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(page().size()));
}
BENCHMARK(gate_and_cut);

void gate_cut_and_parse(benchmark::State& state) {
  read_page(state, [](pugi::xml_node item) { benchmark::DoNotOptimize(item); });
}
BENCHMARK(gate_cut_and_parse);

void gate_cut_parse_and_decode(benchmark::State& state) {
  vsphere::ObjectView view;
  std::size_t layers = 0;
  read_page(state, [&](pugi::xml_node item) {
    vsphere::read_object_content(item, view);
    const vsphere::VirtualMachine vm = vsphere::decode_virtual_machine(view);
    for (const auto& disk : *vm.disks) layers += disk.backings.size();
  });
  if (layers == 0) state.SkipWithError("nothing was decoded");
}
BENCHMARK(gate_cut_parse_and_decode);

}  // namespace

BENCHMARK_MAIN();
