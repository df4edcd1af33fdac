#include "tests/support/paper_vcenter.h"

#include <algorithm>

#include "pugixml.hpp"
#include "vsphere-client/error.h"

namespace testing_support {
namespace {

std::string envelope(const std::string& inside) {
  return R"(<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope )"
         R"(xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" )"
         R"(xmlns:xsd="http://www.w3.org/2001/XMLSchema" )"
         R"(xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>)" +
         inside + "</soapenv:Body></soapenv:Envelope>";
}

std::string response(const std::string& method, const std::string& inside) {
  return envelope("<" + method + R"(Response xmlns="urn:vim25">)" + inside + "</" + method +
                  "Response>");
}

std::string fault(const std::string& type, const std::string& text) {
  return "!" +
         envelope("<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>" + text +
                  "</faultstring><detail><" + type + R"(Fault xmlns="urn:vim25" xsi:type=")" +
                  type + R"("/></detail></soapenv:Fault>)");
}

constexpr const char* kServiceContent =
    R"(<returnval><rootFolder type="Folder">group-d1</rootFolder>)"
    R"(<propertyCollector type="PropertyCollector">propertyCollector</propertyCollector>)"
    R"(<viewManager type="ViewManager">ViewManager</viewManager>)"
    R"(<about><name>VMware vCenter Server</name><fullName>Paper vCenter 8.0.2</fullName>)"
    R"(<vendor>paper</vendor><version>8.0.2</version><build>1</build><osType>linux-x64</osType>)"
    R"(<productLineId>vpx</productLineId><apiType>VirtualCenter</apiType><apiVersion>8.0.2.0</apiVersion>)"
    R"(<instanceUuid>11111111-2222-3333-4444-555555555555</instanceUuid></about>)"
    R"(<sessionManager type="SessionManager">SessionManager</sessionManager></returnval>)";

// Compares without namespaces: requests may use any prefix.
std::string local(const char* name) {
  const std::string text = name;
  const std::size_t colon = text.find(':');
  return colon == std::string::npos ? text : text.substr(colon + 1);
}

pugi::xml_node method_node(const pugi::xml_document& document) {
  pugi::xml_node body = document.document_element().first_child();
  while (body && local(body.name()) != "Body") body = body.next_sibling();
  return body.first_child();
}

}  // namespace

vsphere::Reply PaperVcenter::send(const vsphere::Request& request, const vsphere::BodySink& sink) {
  vsphere::Reply reply;
  reply.status = 200;
  std::string text;
  if (request.verb == vsphere::Verb::Get && request.path == "/sdk/vimServiceVersions.xml") {
    text = R"(<?xml version="1.0"?><namespaces version="1.0"><namespace><name>urn:vim25</name>)"
           R"(<version>8.0.2.0</version></namespace></namespaces>)";
  } else if (request.path != "/sdk") {
    reply.status = 404;
  } else {
    pugi::xml_document document;
    document.load_string(request.body.c_str());
    const std::string method = method_node(document).name();
    calls.push_back(method);
    if (interfere) text = interfere(method, count(method));
    if (text.empty()) text = answer(method, request.body);
    if (text.front() == '!') {
      reply.status = 500;
      text.erase(0, 1);
    }
  }
  reply.headers = {{"content-type", "text/xml; charset=utf-8"}};
  if (!text.empty()) sink(reply.status, text);
  reply.wire_bytes = reply.body_bytes = text.size();
  return reply;
}

int PaperVcenter::count(const std::string& method) const {
  return static_cast<int>(std::count(calls.begin(), calls.end(), method));
}

std::string PaperVcenter::answer(const std::string& method, const std::string& body) {
  pugi::xml_document document;
  document.load_string(body.c_str());
  const pugi::xml_node call = method_node(document);
  if (method == "RetrieveServiceContent") return response(method, kServiceContent);
  if (method == "Login") {
    if (call.child_value("password") != password) {
      return fault("InvalidLogin",
                   "Cannot complete login due to an incorrect user name or password.");
    }
    logged_in_ = true;
    return response(method, "<returnval><key>key-1</key><userName>tester</userName></returnval>");
  }
  if (!logged_in_) return fault("NotAuthenticated", "The session is not authenticated.");
  if (method == "Logout") {
    logged_in_ = false;
    views_.clear();
    return response(method, "");
  }
  if (method == "CreateContainerView") {
    const std::string id = "session[x]" + std::to_string(++serial_);
    views_[id] = call.child_value("type");
    return response(method, R"(<returnval type="ContainerView">)" + id + "</returnval>");
  }
  if (method == "DestroyView") {
    views_.erase(call.child_value("_this"));
    return response(method, "");
  }
  if (method == "RetrievePropertiesEx") return retrieve(body);
  if (method == "ContinueRetrievePropertiesEx") {
    const std::string token = call.child_value("token");
    const std::vector<std::string> rest = pending_[token];
    pending_.erase(token);
    return response(method, "<returnval>" + page(0, rest) + "</returnval>");
  }
  if (method == "CancelRetrievePropertiesEx") return response(method, "");
  return fault("MethodNotFound", "paper vCenter does not implement " + method);
}

std::string PaperVcenter::page(std::size_t start, const std::vector<std::string>& bodies) {
  std::string text;
  const std::size_t end = std::min(bodies.size(), start + page_size);
  if (end < bodies.size()) {
    const std::string token = std::to_string(++serial_);
    pending_[token] = {bodies.begin() + static_cast<std::ptrdiff_t>(end), bodies.end()};
    text += "<token>" + token + "</token>";
  }
  for (std::size_t i = start; i < end; ++i) text += bodies[i];
  return text;
}

std::string PaperVcenter::retrieve(const std::string& body) {
  pugi::xml_document document;
  document.load_string(body.c_str());
  const pugi::xml_node set = method_node(document).child("specSet");
  std::vector<std::string> bodies;
  for (const PaperObject& object : objects) {
    for (const pugi::xml_node spec : set.children("propSet")) {
      if (object.type != spec.child_value("type")) continue;
      bool wanted = false;
      for (const pugi::xml_node of : set.children("objectSet")) {
        const std::string id = of.child_value("obj");
        wanted = wanted || id == object.moid || views_.contains(id);
      }
      if (!wanted) continue;
      std::vector<std::string> paths;
      for (const pugi::xml_node path : spec.children("pathSet"))
        paths.emplace_back(path.child_value());
      bodies.push_back(object_content(object, paths));
    }
  }
  for (const pugi::xml_node of : set.children("objectSet")) {
    const std::string id = of.child_value("obj");
    const bool known = views_.contains(id) || id.find("anager") != std::string::npos ||
                       std::any_of(objects.begin(), objects.end(),
                                   [&](const PaperObject& object) { return object.moid == id; });
    if (!known) {
      return fault("ManagedObjectNotFound", "The object " + id + " has already been deleted");
    }
  }
  if (bodies.empty()) return response("RetrievePropertiesEx", "");
  return response("RetrievePropertiesEx", "<returnval>" + page(0, bodies) + "</returnval>");
}

std::string PaperVcenter::object_content(const PaperObject& object,
                                         const std::vector<std::string>& paths) const {
  std::string text = R"(<objects><obj type=")" + object.type + R"(">)" + object.moid + "</obj>";
  for (const std::string& path : paths) {
    const auto value = object.properties.find(path);
    if (value == object.properties.end() || object.refused.contains(path)) continue;
    text += "<propSet><name>" + path + "</name><val " + value->second + "</val></propSet>";
  }
  for (const std::string& path : paths) {
    const auto refusal = object.refused.find(path);
    if (refusal == object.refused.end()) continue;
    text += "<missingSet><path>" + path + R"(</path><fault><fault xsi:type=")" + refusal->second +
            R"("><object type="VirtualMachine">)" + object.moid +
            "</object><privilegeId>System.Read</privilegeId></fault>"
            "<localizedMessage>Permission to perform this operation was denied.</localizedMessage>"
            "</fault></missingSet>";
  }
  return text + "</objects>";
}

namespace {

std::string layer_file(const std::string& name, int layer) {
  const std::string number = std::to_string(layer);
  const std::string suffix = layer == 0 ? "" : "-" + std::string(6 - number.size(), '0') + number;
  return "[ds1] " + name + "/" + name + suffix + ".vmdk";
}

std::string backing(const std::string& name, int layer) {
  std::string text = "<fileName>" + layer_file(name, layer) +
                     R"(</fileName><datastore type="Datastore">datastore-1</datastore>)"
                     "<diskMode>persistent</diskMode><thinProvisioned>true</thinProvisioned>";
  if (layer == 0) return text;
  return text + "<parent>" + backing(name, layer - 1) +
         "</parent><deltaDiskFormat>seSparseFormat</deltaDiskFormat><deltaGrainSize>4</"
         "deltaGrainSize>";
}

std::string chain(int layers) {
  std::string text;
  for (int layer = 0; layer < layers; ++layer) {
    text += "<chain><fileKey>" + std::to_string(layer * 2) + "</fileKey><fileKey>" +
            std::to_string(layer * 2 + 1) + "</fileKey></chain>";
  }
  return text;
}

std::string tree(const std::string& moid, int from, int count) {
  if (from > count) return {};
  const std::string number = std::to_string(from);
  return (from == 1 ? "<rootSnapshotList>" : "<childSnapshotList>") +
         std::string(R"(<snapshot type="VirtualMachineSnapshot">)") + moid + "-s" + number +
         R"(</snapshot><vm type="VirtualMachine">)" + moid + "</vm><name>Snap" + number +
         "</name><description/><id>" + number + "</id><createTime>2026-11-0" + number +
         "T02:00:00.5Z</createTime><state>poweredOff</state><quiesced>false</quiesced>" +
         tree(moid, from + 1, count) + "<replaySupported>false</replaySupported>" +
         (from == 1 ? "</rootSnapshotList>" : "</childSnapshotList>");
}

std::string layout(const std::string& moid, const std::string& name, int snapshots) {
  std::string text = R"(xsi:type="VirtualMachineFileLayoutEx">)";
  for (int layer = 0; layer <= snapshots; ++layer) {
    const std::string file = layer_file(name, layer);
    text += "<file><key>" + std::to_string(layer * 2) + "</key><name>" + file +
            "</name><type>diskDescriptor</type><size>0</size></file><file><key>" +
            std::to_string(layer * 2 + 1) + "</key><name>" + file.substr(0, file.size() - 5) +
            (layer == 0 ? "-flat.vmdk" : "-sesparse.vmdk") +
            "</name><type>diskExtent</type><size>" + (layer == 0 ? "1073741824" : "16777216") +
            "</size></file>";
  }
  text += "<disk><key>2000</key>" + chain(snapshots + 1) + "</disk>";
  for (int snapshot = 1; snapshot <= snapshots; ++snapshot) {
    text += R"(<snapshot><key type="VirtualMachineSnapshot">)" + moid + "-s" +
            std::to_string(snapshot) + "</key><dataKey>-1</dataKey><memoryKey>-1</memoryKey>" +
            "<disk><key>2000</key>" + chain(snapshot) + "</disk></snapshot>";
  }
  return text + "<timestamp>2026-11-20T00:00:00Z</timestamp>";
}

}  // namespace

PaperObject paper_vm(const std::string& moid, const std::string& name, int snapshots) {
  PaperObject vm{.type = "VirtualMachine", .moid = moid, .properties = {}, .refused = {}};
  const auto text = [](const std::string& value) { return R"(xsi:type="xsd:string">)" + value; };
  vm.properties["name"] = text(name);
  vm.properties["config.instanceUuid"] = text("5000-" + moid);
  vm.properties["config.uuid"] = text("4200-" + moid);
  vm.properties["config.template"] = R"(xsi:type="xsd:boolean">false)";
  vm.properties["config.files.vmPathName"] = text("[ds1] " + name + "/" + name + ".vmx");
  vm.properties["runtime.connectionState"] =
      R"(xsi:type="VirtualMachineConnectionState">connected)";
  vm.properties["runtime.powerState"] = R"(xsi:type="VirtualMachinePowerState">poweredOn)";
  vm.properties["config.hardware.device"] =
      R"(xsi:type="ArrayOfVirtualDevice"><VirtualDevice xsi:type="VirtualDisk"><key>2000</key>)"
      R"(<deviceInfo xsi:type="Description"><label>Hard disk 1</label><summary>x</summary></deviceInfo>)"
      R"(<backing xsi:type="VirtualDiskFlatVer2BackingInfo">)" +
      backing(name, snapshots) +
      "</backing><capacityInKB>1048576</capacityInKB><capacityInBytes>1073741824</capacityInBytes>"
      "</VirtualDevice>";
  vm.properties["layoutEx"] = layout(moid, name, snapshots);
  if (snapshots > 0) {
    vm.properties["snapshot"] =
        R"(xsi:type="VirtualMachineSnapshotInfo"><currentSnapshot type="VirtualMachineSnapshot">)" +
        moid + "-s" + std::to_string(snapshots) + "</currentSnapshot>" + tree(moid, 1, snapshots);
  }
  return vm;
}

}  // namespace testing_support
