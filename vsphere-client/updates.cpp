#include <algorithm>
#include <optional>
#include <utility>

#include "vsphere-client/collector.h"
#include "vsphere-client/object_content.h"
#include "vsphere-client/printable.h"
#include "vsphere-client/properties.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

/// How much longer than asked the server may take for its first byte.
constexpr std::chrono::seconds kPatience{60};

UpdateKind read_kind(pugi::xml_node node) {
  const std::string kind = text_of(node);
  if (kind == "enter") return UpdateKind::Enter;
  if (kind == "modify") return UpdateKind::Modify;
  if (kind == "leave") return UpdateKind::Leave;
  throw Error(ErrorKind::Protocol, Outcome::Unknown,
              "WaitForUpdatesEx: the server sent an update of the unknown kind '" +
                  printable(kind, 40) + "'; report this with the server's version");
}

void read_update(pugi::xml_node node, ObjectUpdate& out) {
  out = {};
  bool has_kind = false;
  for (const pugi::xml_node child : Children(node)) {
    const std::string_view name = local_name(child);
    if (name == "kind") {
      out.kind = read_kind(child);
      has_kind = true;
    } else if (name == "obj") {
      out.object = ref_of(child);
    } else if (name == "changeSet") {
      out.changes.push_back({text_of(child_named(child, "name")), child_named(child, "val")});
    } else if (name == "missingSet") {
      out.missing.push_back(read_missing(child));
    }
  }
  if (has_kind && !out.object.empty()) return;
  throw Error(
      ErrorKind::Protocol, Outcome::Unknown,
      "WaitForUpdatesEx: the server sent an update without its kind or object; report this");
}

/// What a stream is about: all that is in a container, one object, or what a property of it refers
/// to.
struct Root {
  MoRef object;
  bool is_container = false;
  std::string referred = {};
};

/// One CreateFilter and what it needs, taken down again at the end. Lives as long as the session.
class Watch {
 public:
  Watch(Session& session, const Root& root, const std::vector<PropertySpec>& specs);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  const MoRef& collector() const { return collector_; }
  void abandon();

 private:
  MoRef create(const SoapRequest& request) const {
    return ref_of(session_.call(request, Session::Retry::Never, Channel::Updates).returnval());
  }

  Session& session_;
  std::optional<ContainerView> view_;
  MoRef collector_, filter_;
};

Watch::Watch(Session& session, const Root& root, const std::vector<PropertySpec>& specs)
    : session_(session) {
  // Only one wait may hang on a collector, so each stream has one of its own.
  collector_ = create(SoapRequest("CreatePropertyCollector", session.content().property_collector));
  try {
    FilterStart start;
    if (root.is_container) {
      view_.emplace(session, root.object, specs, Channel::Updates);
      start.view = view_->ref();
    } else {
      start.objects = {root.object};
      start.referred = root.referred;
    }
    SoapRequest request("CreateFilter", collector_);
    write_filter_spec(request, "spec", specs, start);
    filter_ = create(request.flag("partialUpdates", false));
  } catch (...) {
    call_and_ignore_failure(session_, SoapRequest("DestroyPropertyCollector", collector_),
                            Channel::Updates);
    throw;
  }
}

Watch::~Watch() {
  if (collector_.empty()) return;
  const bool answers = call_and_ignore_failure(
      session_, SoapRequest("DestroyPropertyFilter", filter_), Channel::Updates);
  if (answers) {
    call_and_ignore_failure(session_, SoapRequest("DestroyPropertyCollector", collector_),
                            Channel::Updates);
  } else {
    abandon();
  }
}

/// The server has forgotten all of it.
void Watch::abandon() {
  collector_ = {};
  if (view_) view_->abandon();
}

}  // namespace

struct UpdateStream::Impl {
  enum class Version { Reusable, SingleUse };
  using Sink = std::function<void(const ObjectUpdate&)>;

  Impl(Session& s, Root from, std::vector<PropertySpec> what)
      : session(s), root(std::move(from)), specs(std::move(what)) {}

  void start_over();
  void build();
  bool wait_once(std::chrono::seconds wait, const Sink& sink);
  void take_version(pugi::xml_node update_set);
  bool recover(const Error& error);

  Session& session;
  Root root;
  std::vector<PropertySpec> specs;
  std::optional<Watch> watch;
  int logins = 0;       ///< of the session that `watch` lives in
  std::string version;  ///< "" asks for everything
  Version use = Version::Reusable;
  bool delivered = false;  ///< something was handed over, so a new start needs a resync
  bool fresh = true;       ///< the next answer is a new start
  ObjectUpdate update;     ///< one after the other
};

UpdateStream::UpdateStream(Session& session, const MoRef& container,
                           std::vector<PropertySpec> specs)
    : impl_(std::make_unique<Impl>(session, Root{container, true}, std::move(specs))) {
  impl_->build();
}

UpdateStream::UpdateStream(Session& session, const MoRef& object, PropertySpec spec)
    : impl_(std::make_unique<Impl>(session, Root{object},
                                   std::vector<PropertySpec>{std::move(spec)})) {
  impl_->build();
}

UpdateStream::UpdateStream(Session& session, const Referred& referred,
                           std::vector<PropertySpec> specs)
    : impl_(std::make_unique<Impl>(session, Root{referred.object, false, referred.path},
                                   std::move(specs))) {
  impl_->build();
}

UpdateStream::~UpdateStream() = default;

/// Makes a watch in the session of now, once more when that one expires meanwhile.
void UpdateStream::Impl::build() {
  for (bool again = false;; again = true) {
    if (watch && session.logins() != logins) watch->abandon();
    watch.reset();
    logins = session.logins();
    try {
      watch.emplace(session, root, specs);
      start_over();
      return;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::NotAuthenticated || again) throw;
      session.renew(logins, Channel::Updates);
    }
  }
}

/// The set's version comes before its updates, `truncated` after them: a truncated version is good
/// for the next call only.
void UpdateStream::Impl::take_version(pugi::xml_node update_set) {
  const std::string next = text_of(child_named(update_set, "version"));
  if (next.empty()) {
    throw Error(ErrorKind::Protocol, Outcome::Unknown,
                "WaitForUpdatesEx: the server sent updates without a version; report this");
  }
  version = next;
  const pugi::xml_node truncated = child_named(update_set, "truncated");
  const bool more = truncated && read_flag(truncated, {root.object, "truncated"});
  use = more ? Version::SingleUse : Version::Reusable;
}

/// Asks for everything next time. What was delivered so far may have changed unseen.
void UpdateStream::Impl::start_over() {
  version.clear();
  use = Version::Reusable;
  fresh = true;
}

/// One request. True when something came. After a failure the same version is used again if it may
/// be, else the stream starts over.
bool UpdateStream::Impl::wait_once(std::chrono::seconds wait, const Sink& sink) {
  SoapRequest request("WaitForUpdatesEx", watch->collector());
  request.text("version", version);
  request.open("options").number("maxWaitSeconds", wait.count()).close();
  const bool once = use == Version::SingleUse || version.empty();
  bool any = false;
  const ItemSink take = [&](pugi::xml_node item) {
    read_update(item, update);
    check_not_expired(update.object, update.missing);
    any = true;
    delivered = true;
    sink(update);
  };
  try {
    const SoapReply reply = session.exchange(request, "returnval/filterSet/objectSet", take,
                                             {.retry = Session::Retry::Never,
                                              .channel = Channel::Updates,
                                              .first_byte_timeout = wait + kPatience});
    const pugi::xml_node update_set = reply.returnval();
    if (update_set) {
      take_version(update_set);
    } else if (use == Version::SingleUse) {
      start_over();
    }
    return any;
  } catch (...) {
    if (once) start_over();
    throw;
  }
}

/// Puts the stream in order after an error that it can deal with; false for any other.
bool UpdateStream::Impl::recover(const Error& error) {
  const bool collector_gone =
      error.kind() == ErrorKind::NotFound && error.fault() &&
      (error.fault()->object == watch->collector() || session.logins() != logins);
  if (error.kind() == ErrorKind::NotAuthenticated) {
    session.renew(logins, Channel::Updates);
  } else if (error.fault() && error.fault()->type == "InvalidCollectorVersion") {
    start_over();
    return true;
  } else if (!collector_gone) {
    return false;
  }
  build();
  return true;
}

bool UpdateStream::next(std::chrono::seconds wait,
                        const std::function<void(const ObjectUpdate&)>& sink,
                        const std::function<void()>& resync) {
  Impl& in = *impl_;
  bool any = false;
  for (bool recovered = false;;) {
    if (in.session.logins() != in.logins) in.build();
    if (in.fresh && in.delivered && resync) resync();
    in.fresh = false;
    try {
      const bool more = in.use == Impl::Version::SingleUse;
      any = in.wait_once(more ? std::chrono::seconds{0} : wait, sink) || any;
    } catch (const Error& error) {
      if (recovered || !in.recover(error)) throw;
      recovered = true;
      continue;
    }
    if (in.use != Impl::Version::SingleUse) return any;
  }
}

}  // namespace vsphere
