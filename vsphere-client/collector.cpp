#include "vsphere-client/collector.h"

#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

/// An objectSet of what the property refers to, without the object itself.
void write_referred(SoapRequest& request, const MoRef& object, std::string_view property) {
  request.open("objectSet").ref("obj", object).flag("skip", true);
  request.open("selectSet", "TraversalSpec").text("name", "members").text("type", object.type);
  request.text("path", property).flag("skip", false).close().close();
}

}  // namespace

void write_filter_spec(SoapRequest& request, std::string_view element,
                       const std::vector<PropertySpec>& specs, const FilterStart& start) {
  request.open(element);
  for (const PropertySpec& spec : specs) {
    request.open("propSet").text("type", spec.type).flag("all", false);
    for (const std::string& path : spec.paths) request.text("pathSet", path);
    request.close();
  }
  if (!start.view.empty()) write_referred(request, start.view, "view");
  for (const MoRef& object : start.objects) {
    if (!start.referred.empty()) {
      write_referred(request, object, start.referred);
    } else {
      request.open("objectSet").ref("obj", object).flag("skip", false).close();
    }
  }
  if (!start.objects.empty() && start.referred.empty())
    request.flag("reportMissingObjectsInResults", true);
  request.close();
}

bool call_and_ignore_failure(Session& session, const SoapRequest& request,
                             Channel channel) noexcept {
  try {
    session.call(request, Session::Retry::NoLogin, channel);
    return true;
  } catch (const Error& error) {
    // What it should take down ends with the session at the latest.
    return error.fault().has_value();
  } catch (...) {
    return false;
  }
}

ContainerView::ContainerView(Session& session, const MoRef& container,
                             const std::vector<PropertySpec>& specs, Channel channel)
    : session_(session), channel_(channel) {
  SoapRequest request("CreateContainerView", session.content().view_manager);
  request.ref("container", container);
  for (const PropertySpec& spec : specs) request.text("type", spec.type);
  request.flag("recursive", true);
  ref_ = ref_of(session.call(request, Session::Retry::Never, channel).returnval());
}

ContainerView::~ContainerView() {
  if (!ref_.empty()) call_and_ignore_failure(session_, SoapRequest("DestroyView", ref_), channel_);
}

}  // namespace vsphere
