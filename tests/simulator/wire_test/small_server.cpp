#include "tests/simulator/wire_test/small_server.h"

#include "tests/simulator/wire/filter_spec.h"

namespace sim {
namespace {

Value refs(const std::vector<Ref>& all) {
  std::vector<Value> items;
  for (const Ref& each : all) items.push_back(Value::ref(each));
  return Value::array("ArrayOfManagedObjectReference", "ManagedObjectReference", std::move(items));
}

std::optional<Value> vm_property(const Vm& vm, std::string_view path) {
  if (path == "name") return Value::text(vm.name);
  if (path == "parent") return Value::ref(vm.folder);
  if (path != "config.hardware.device") return std::nullopt;
  std::vector<Value> devices;
  for (const Disk& disk : vm.disks) {
    devices.push_back(Value::object("VirtualDisk"));
    devices.back()
        .set("key", Value::integer(disk.key))
        .set("capacityInKB", Value::long_integer(static_cast<std::int64_t>(disk.capacity_bytes)))
        .set("backing", Value::object("VirtualDiskFlatVer2BackingInfo")
                            .set("fileName", Value::text(disk.label))
                            .set("diskMode", Value::text("persistent")));
  }
  return Value::array("ArrayOfVirtualDevice", "VirtualDevice", std::move(devices));
}

SessionOptions paper_login() {
  SessionOptions options;
  options.username = "user";
  options.password = "secret";
  return options;
}

WorldOptions still_world(bool wait_steps) {
  WorldOptions options;
  options.speed = 0;
  options.wait_steps = wait_steps;
  return options;
}

}  // namespace

std::optional<Value> PaperProperties::read(World& world, const Ref& object,
                                           std::string_view path) const {
  if (path == "nonsense") {
    throw FaultReply{{.type = "InvalidProperty", .fields = {{"name", std::string(path)}}}};
  }
  if (object.type == "VirtualMachine") return vm_property(world.vms.at(object.value), path);
  if (object.type == "Datacenter") {
    if (path == "vmFolder") return Value::ref(world.datacenters.at(object.value).vm_folder);
    return Value::text(world.datacenters.at(object.value).name);
  }
  if (object.type != "Folder") return std::nullopt;
  if (path == "name") return Value::text(world.folders.at(object.value).name);
  std::vector<Ref> children;
  for (const auto& [id, folder] : world.folders) {
    if (folder.parent == object) children.push_back(folder.ref);
  }
  for (const auto& [id, datacenter] : world.datacenters) {
    if (datacenter.parent == object) children.push_back(datacenter.ref);
  }
  for (const auto& [id, vm] : world.vms) {
    if (vm.folder == object) children.push_back(vm.ref);
  }
  return refs(children);
}

std::vector<std::string> PaperProperties::names(std::string_view) const {
  return {"name", "parent"};
}

bool PaperProperties::derives(std::string_view type, std::string_view base) const {
  return type == base || base == "ManagedEntity";
}

SmallServer::SmallServer(std::size_t vms, Hooks* hooks, bool wait_steps)
    : world_(still_world(wait_steps)),
      sessions_(paper_login()),
      endpoint_(world_, table_, sessions_, hooks, {"Sessions.ValidateSession"}) {
  add_session_services(table_);
  add_view_and_collector_services(table_, std::make_shared<PaperProperties>());
  const Ref root{"Folder", "group-d1"}, dc{"Datacenter", "datacenter-2"}, fs{"Folder", "group-v3"};
  world_.root_folder = root;
  world_.folders[root.value] = {root, "Datacenters", {}};
  world_.datacenters[dc.value] = {dc, "DC", root, fs, {}, {}, {}};
  world_.folders[fs.value] = {fs, "vm", dc};
  for (std::size_t i = 0; i < vms; ++i) {
    add_vm("vm-" + std::to_string(1000 + i), "vm " + std::to_string(i));
  }
}

Vm& SmallServer::add_vm(const std::string& moid, const std::string& name) {
  Vm vm;
  vm.ref = {"VirtualMachine", moid};
  vm.name = name;
  vm.folder = {"Folder", "group-v3"};
  Disk disk;
  disk.label = "[ds] " + moid + "/disk.vmdk";
  vm.disks.push_back(disk);
  Vm& added = world_.vms[moid] = std::move(vm);
  world_.touch(added.ref);
  return added;
}

HttpReply SmallServer::call(const std::string& method, const Ref& self,
                            const std::string& arguments) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/sdk";
  request.tls = tls_;
  request.headers["soapaction"] = action_;
  if (!cookie_.empty()) request.headers["cookie"] = "vmware_soap_session=" + cookie_;
  request.body =
      "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body><" +
      method + " xmlns=\"urn:vim25\"><_this type=\"" + self.type + "\">" + self.value + "</_this>" +
      arguments + "</" + method + "></soapenv:Body></soapenv:Envelope>";
  return endpoint_.handle(request);
}

pugi::xml_node SmallServer::ask(const std::string& method, const Ref& self,
                                const std::string& arguments) {
  const HttpReply reply = call(method, self, arguments);
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_TRUE(last_.load_string(reply.body.c_str()));
  const pugi::xml_node response =
      child_named(child_named(last_.document_element(), "Body"), method + "Response");
  EXPECT_FALSE(response.empty()) << reply.body;
  return response;
}

std::string SmallServer::fault_of(const HttpReply& reply) {
  if (reply.status == 200) return {};
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(reply.body.c_str()));
  return document.select_node("//detail/*").node().attribute("xsi:type").value();
}

void SmallServer::log_in() {
  const HttpReply reply =
      call("Login", kSessions, "<userName>user</userName><password>secret</password>");
  ASSERT_EQ(reply.status, 200) << reply.body;
  ASSERT_FALSE(reply.headers.empty());
  const std::string& set = reply.headers.front().second;
  const std::size_t from = set.find('=') + 1;
  cookie_ = set.substr(from, set.find(';') - from);
}

Ref SmallServer::view_of_vms() {
  const pugi::xml_node made =
      ask("CreateContainerView", kViews,
          "<container type=\"Folder\">group-d1</container><type>VirtualMachine</type>"
          "<recursive>true</recursive>");
  return {"ContainerView", made.child("returnval").text().get()};
}

std::string SmallServer::spec_of(const Ref& view, const std::string& paths) {
  return "<propSet><type>VirtualMachine</type><all>false</all>" + paths +
         "</propSet><objectSet><obj type=\"" + view.type + "\">" + view.value +
         "</obj><skip>true</skip><selectSet xsi:type=\"TraversalSpec\"><name>v</name>"
         "<type>ContainerView</type><path>view</path><skip>false</skip></selectSet></objectSet>";
}

std::vector<std::string> texts(const pugi::xml_node& node, const char* xpath) {
  std::vector<std::string> all;
  for (const pugi::xpath_node& each : node.select_nodes(xpath)) {
    all.emplace_back(each.node().text().get());
  }
  return all;
}

}  // namespace sim
