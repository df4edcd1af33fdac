#include "tests/simulator/control_test/desk.h"

#include "tests/simulator/services/services.h"

namespace sim {
namespace {

WorldOptions still_world() {
  WorldOptions options;
  options.start = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22));
  options.speed = 0;
  options.instance_uuid = "c0ffee00-0000-4000-8000-000000000001";
  return options;
}

SessionOptions password() {
  SessionOptions options;
  options.username = "administrator@vsphere.local";
  options.password = "swordfish";
  return options;
}

void add_vm(World& world, const std::string& name) {
  Vm vm;
  vm.ref = world.next_ref("VirtualMachine");
  vm.name = name;
  vm.instance_uuid = "5000-" + name;
  vm.bios_uuid = "4200-" + name;
  vm.folder = world.datacenters.begin()->second.vm_folder;
  vm.pool = world.pools.begin()->second.ref;
  vm.host = world.hosts.begin()->second.ref;
  vm.home_datastore = world.datastores.begin()->second.ref;
  vm.home = "[ds] " + name + "/" + name + ".vmx";
  vm.power = PowerState::Off;
  vm.writes.pattern = WriteModel::Pattern::None;
  vm.written_until = vm.layout_time = world.now();
  Disk disk;
  disk.label = "Hard disk 1";
  disk.capacity_bytes = 64 << 20;
  disk.running = std::make_shared<Layer>();
  disk.running->id = world.vms.size() + 1;
  disk.running->datastore = vm.home_datastore;
  disk.running->file = "[ds] " + name + "/" + name + ".vmdk";
  disk.running->uuid = "6000C29" + name;
  disk.running->capacity_bytes = disk.capacity_bytes;
  disk.running->blocks.write(0, 10, world.vms.size() + 1);
  vm.disks.push_back(disk);
  world.vms[vm.ref.value] = vm;
}

void furnish(World& world) {
  world.root_folder = {"Folder", "group-d1"};
  world.folders["group-d1"] = {world.root_folder, "Datacenters", {}};
  const Ref dc{"Datacenter", "datacenter-1"};
  Datacenter datacenter{dc, "DC", world.root_folder, {}, {}, {}, {}};
  const auto folder = [&](const std::string& moid, const std::string& name) {
    const Ref ref{"Folder", moid};
    world.folders[moid] = {ref, name, dc};
    return ref;
  };
  datacenter.vm_folder = folder("group-v1", "vm");
  datacenter.host_folder = folder("group-h1", "host");
  datacenter.datastore_folder = folder("group-s1", "datastore");
  datacenter.network_folder = folder("group-n1", "network");
  world.datacenters[dc.value] = datacenter;
  const Ref cluster{"ClusterComputeResource", "domain-c1"}, pool{"ResourcePool", "resgroup-1"};
  world.computes[cluster.value] = {cluster, "cluster", datacenter.host_folder, pool, true};
  world.pools[pool.value] = {pool, "Resources", cluster, cluster};
  Host host;
  host.ref = {"HostSystem", "host-1"};
  host.name = "esx1";
  host.uuid = "3800-esx1";
  host.compute = cluster;
  world.hosts["host-1"] = host;
  Datastore store;
  store.ref = {"Datastore", "datastore-1"};
  store.name = "ds";
  store.type = "VMFS";
  store.folder = datacenter.datastore_folder;
  store.capacity_bytes = std::uint64_t{1} << 40;
  world.datastores["datastore-1"] = store;
  add_vm(world, "web");
  add_vm(world, "db");
  world.recount();
}

std::pair<std::string, std::map<std::string, std::string>> split(const std::string& path) {
  const auto mark = path.find('?');
  std::map<std::string, std::string> query;
  if (mark == std::string::npos) return {path, query};
  const auto equals = path.find('=', mark);
  query[path.substr(mark + 1, equals - mark - 1)] = path.substr(equals + 1);
  return {path.substr(0, mark), query};
}

}  // namespace

Desk::Desk(std::set<std::string> denied)
    : world_(still_world()),
      services_(all_services(denied)),
      sessions_(password()),
      soap_(world_, services_, sessions_, &control_, denied) {
  furnish(world_);
  ask("Login", {"SessionManager", "SessionManager"},
      "<userName>administrator@vsphere.local</userName><password>swordfish</password>");
  cookie_ = sessions_.list().at(0)->cookie;
}

HttpReply Desk::soap(const std::string& method, const Ref& self, const std::string& arguments) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/sdk";
  request.headers = {{"content-type", "text/xml; charset=utf-8"},
                     {"soapaction", "\"urn:vim25/8.0.2.0\""}};
  if (!cookie_.empty()) request.headers["cookie"] = "vmware_soap_session=\"" + cookie_ + "\"";
  request.body =
      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><s:Body><" +
      method + " xmlns=\"urn:vim25\"><_this type=\"" + self.type + "\">" + self.value + "</_this>" +
      arguments + "</" + method + "></s:Body></s:Envelope>";
  return soap_.handle(request);
}

std::string Desk::ask(const std::string& method, const Ref& self, const std::string& arguments) {
  const HttpReply reply = soap(method, self, arguments);
  EXPECT_EQ(reply.status, 200) << method << ": " << reply.body;
  const auto from = reply.body.find("<returnval");
  const auto to = reply.body.rfind("</returnval>");
  if (from == std::string::npos || to == std::string::npos) return {};
  const auto inside = reply.body.find('>', from) + 1;
  return reply.body.substr(inside, to - inside);
}

std::string Desk::fault(const std::string& method, const Ref& self, const std::string& arguments) {
  const HttpReply reply = soap(method, self, arguments);
  EXPECT_EQ(reply.status, 500) << method << ": " << reply.body;
  const auto detail = reply.body.find("<detail>");
  const auto type = reply.body.find("xsi:type=\"", detail);
  if (detail == std::string::npos || type == std::string::npos) return reply.body;
  return reply.body.substr(type + 10, reply.body.find('"', type + 10) - type - 10);
}

nlohmann::json Desk::control(const std::string& method, const std::string& path,
                             const nlohmann::json& body, int status) {
  HttpRequest request;
  request.method = method;
  std::tie(request.path, request.query) = split(path);
  if (!body.is_null()) request.body = body.dump();
  const HttpReply reply = steering_.handle(request);
  EXPECT_EQ(reply.status, status) << method << " " << path << ": " << reply.body;
  return nlohmann::json::parse(reply.body);
}

HttpReply Desk::rest(const std::string& method, const std::string& path, const std::string& body,
                     std::map<std::string, std::string> headers) {
  HttpRequest request;
  request.method = method;
  std::tie(request.path, request.query) = split(path);
  request.headers = std::move(headers);
  request.body = body;
  return rest_.handle(request);
}

std::string Desk::snapshot(const std::string& vm, const std::string& name) {
  const auto moid = ask("CreateSnapshot_Task", {"VirtualMachine", vm},
                        "<name>" + name + "</name><memory>false</memory><quiesce>false</quiesce>");
  step(60);
  const auto& result = task(moid).result_ref;
  EXPECT_TRUE(result.has_value()) << name;
  return result ? result->value : "";
}

}  // namespace sim
