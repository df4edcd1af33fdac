// Decodes the objects of one recorded or hand-made reply, as a scan would.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "vsphere-client/inventory_objects.h"
#include "vsphere-client/object_content.h"
#include "vsphere-client/properties.h"

inline void for_each_object(std::string_view body, const vsphere::ObjectSink& sink,
                            std::string_view operation = "RetrievePropertiesEx") {
  vsphere::ObjectView view;
  vsphere::SoapReader reader(operation, "objects", [&](pugi::xml_node item) {
    vsphere::read_object_content(item, view);
    sink(view);
  });
  reader.feed(200, body);
  reader.finish(200, "text/xml");
}

inline std::vector<vsphere::VirtualMachine> decode_vms(std::string_view body) {
  std::vector<vsphere::VirtualMachine> out;
  for_each_object(body, [&](const vsphere::ObjectView& view) {
    out.push_back(vsphere::decode_virtual_machine(view));
  });
  return out;
}

/// Recordings often hold whole values ("config"); this gives the nested ones that a scan asks for.
inline vsphere::ObjectView narrowed(const vsphere::ObjectView& whole,
                                    const std::vector<std::string>& paths) {
  vsphere::ObjectView out{whole.object, {}, whole.missing};
  for (const std::string& path : paths) {
    if (const pugi::xml_node value = whole.find(path)) {
      out.properties.emplace_back(path, value);
      continue;
    }
    std::size_t dot = path.find('.');
    pugi::xml_node node = whole.find(path.substr(0, dot));
    while (node && dot != std::string::npos) {
      const std::size_t next = path.find('.', dot + 1);
      const std::string part =
          path.substr(dot + 1, next == std::string::npos ? next : next - dot - 1);
      // A data object repeats its list's element: the parent stands for the list.
      if (part != "device") node = node.child(part.c_str());
      dot = next;
    }
    if (node) out.properties.emplace_back(path, node);
  }
  return out;
}

/// One VM out of several replies that each hold some of its properties whole.
inline vsphere::VirtualMachine merged_vm(const std::vector<std::string>& bodies) {
  std::vector<vsphere::SoapReply> kept;
  for (const std::string& body : bodies) {
    vsphere::SoapReader reader("RetrievePropertiesEx", "", {});
    reader.feed(200, body);
    kept.push_back(reader.finish(200, "text/xml"));
  }
  vsphere::ObjectView all;
  for (const vsphere::SoapReply& reply : kept) {
    vsphere::ObjectView part;
    vsphere::read_object_content(reply.returnval().child("objects"), part);
    all.object = part.object;
    all.properties.insert(all.properties.end(), part.properties.begin(), part.properties.end());
  }
  return vsphere::decode_virtual_machine(narrowed(all, vsphere::virtual_machine_paths()));
}
