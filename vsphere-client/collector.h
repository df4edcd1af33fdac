// The objects a property collector works with: what to read, from where, and the view it walks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vsphere-client/properties.h"
#include "vsphere-client/session.h"

namespace vsphere {

/// What a filter starts from: every member of a view, or the listed objects themselves, or, with
/// `referred`, what that property of theirs refers to.
struct FilterStart {
  MoRef view;
  std::vector<MoRef> objects;
  std::string referred = {};
};

/// Writes a PropertyFilterSpec as `element` ("spec", "specSet"). With listed objects it asks the
/// server to pass over those that are gone.
void write_filter_spec(SoapRequest& request, std::string_view element,
                       const std::vector<PropertySpec>& specs, const FilterStart& start);

/// Sends a call that takes down what we set up; its failure changes nothing for anybody. False when
/// the server did not answer at all, so that the next such call can be spared.
bool call_and_ignore_failure(Session& session, const SoapRequest& request,
                             Channel channel) noexcept;

/// A recursive container view, destroyed with this object.
class ContainerView {
 public:
  /// Never logs in again: the caller must notice that what it built before is gone.
  ContainerView(Session& session, const MoRef& container, const std::vector<PropertySpec>& specs,
                Channel channel);
  ~ContainerView();
  ContainerView(const ContainerView&) = delete;
  ContainerView& operator=(const ContainerView&) = delete;

  const MoRef& ref() const { return ref_; }
  /// The server can't be reached or has forgotten us: no use in trying to destroy it.
  void abandon() { ref_ = {}; }

 private:
  Session& session_;
  Channel channel_;
  MoRef ref_;
};

}  // namespace vsphere
