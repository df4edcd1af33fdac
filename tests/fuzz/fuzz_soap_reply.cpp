// Any bytes as the reply of a server: they are read or refused with an Error, and the way they were
// cut into chunks changes nothing.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "vsphere-client/error.h"
#include "vsphere-client/inventory_objects.h"
#include "vsphere-client/object_content.h"
#include "vsphere-client/printable.h"
#include "vsphere-client/soap.h"

namespace {

struct Result {
  std::string decoded;
  std::string error;
  bool operator==(const Result&) const = default;
};

/// The reply's own name decides which call it answers, so that seeds of every kind get through.
std::string_view operation_of(std::string_view body) {
  for (const std::string_view operation :
       {"ContinueRetrievePropertiesEx", "RetrievePropertiesEx", "WaitForUpdatesEx", "Login"}) {
    const std::size_t at = body.find(operation);
    if (at != std::string_view::npos) return operation;
  }
  return "RetrieveServiceContent";
}

void decode(pugi::xml_node item, vsphere::ObjectView& view, Result& result) {
  vsphere::read_object_content(item, view);
  const vsphere::VirtualMachine vm = vsphere::decode_virtual_machine(view);
  const vsphere::Datastore store = vsphere::decode_datastore(view);
  const vsphere::Entity entity = vsphere::decode_entity(view);
  result.decoded += vm.ref.value + vm.name + store.name + vsphere::unescape_name(entity.name) +
                    std::to_string(vm.snapshots.size());
  if (vm.name.find('\0') != std::string::npos) std::abort();  // a name cut short is another name
}

Result read(std::string_view body, std::size_t chunk) {
  Result result;
  vsphere::ObjectView view;
  const vsphere::ReplyLimits limits{
      .page_bytes = 1 << 20, .item_bytes = 4 << 10, .frame_bytes = 64 << 10};
  const std::string_view operation = operation_of(body);
  const char* const path =
      operation == "WaitForUpdatesEx" ? "returnval/filterSet/objectSet" : "returnval/objects";
  try {
    vsphere::SoapReader reader(
        operation, path, [&](pugi::xml_node item) { decode(item, view, result); }, limits);
    for (std::size_t from = 0; from < body.size(); from += chunk) {
      const std::string piece(body.substr(from, chunk));  // reading beyond it would be seen
      reader.feed(200, piece);
    }
    result.decoded += reader.finish(200, "text/xml").result().name();
  } catch (const vsphere::Error& error) {
    result.error = error.what();
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const Result whole = read(body, size + 1);
  const std::size_t chunk = size == 0 ? 1 : 1 + data[size / 2] % 19;
  const Result pieces = read(body, chunk);
  if (!(pieces == whole)) {
    std::cerr << "chunks of " << chunk << ": " << pieces.error << "\nwhole: " << whole.error
              << '\n';
    std::abort();
  }
  vsphere::negotiate_version(body);
  vsphere::printable(body, 100);
  return 0;
}
