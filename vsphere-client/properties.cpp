#include "vsphere-client/properties.h"

#include <algorithm>
#include <optional>
#include <set>

#include "vsphere-client/collector.h"
#include "vsphere-client/object_content.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

/// A server that goes on handing out empty pages would keep us for ever.
constexpr int kEmptyPagesInRow = 100;
constexpr std::size_t kBatchObjects = 100;

bool is_out_of_reach(const Error& error) {
  return error.kind() == ErrorKind::Unreachable || error.kind() == ErrorKind::Tls ||
         error.kind() == ErrorKind::Interrupted || error.kind() == ErrorKind::NotAuthenticated;
}

/// Reads the pages of one RetrievePropertiesEx. A token left over is cancelled at the end.
class PageReader {
 public:
  PageReader(Session& session, const ObjectSink& sink, const KnownObject& known = {})
      : session_(session), sink_(sink), known_(known) {}
  ~PageReader() {
    if (token_.empty()) return;
    const SoapRequest request =
        std::move(SoapRequest("CancelRetrievePropertiesEx", session_.content().property_collector)
                      .text("token", token_));
    call_and_ignore_failure(session_, request, Channel::Calls);
  }
  PageReader(const PageReader&) = delete;
  PageReader& operator=(const PageReader&) = delete;

  void read(const std::vector<PropertySpec>& specs, const FilterStart& start,
            const RetrieveOptions& options, RetrieveResult& result);

 private:
  void read_page(const SoapRequest& request, RetrieveResult& result);
  ItemFilter new_objects_only(RetrieveResult& result) const;

  Session& session_;
  const ObjectSink& sink_;
  KnownObject known_;
  ObjectView object_;  ///< one after the other
  std::string token_;
};

/// Empty when all are wanted.
ItemFilter PageReader::new_objects_only(RetrieveResult& result) const {
  if (!known_) return {};
  return [this, &result](const RawItem& item) {
    if (!known_({.moid = moid_at_front(item.xml), .item = item})) return true;
    ++result.objects;
    return false;
  };
}

void PageReader::read_page(const SoapRequest& request, RetrieveResult& result) {
  const SoapReply reply =
      session_.exchange(request, "returnval/objects",
                        [&](pugi::xml_node item) {
                          read_object_content(item, object_);
                          check_not_expired(object_.object, object_.missing);
                          sink_(object_);
                          ++result.objects;
                        },
                        {.retry = Session::Retry::NoLogin, .filter = new_objects_only(result)});
  token_ = text_of(child_named(reply.returnval(), "token"));
  ++result.pages;
}

void PageReader::read(const std::vector<PropertySpec>& specs, const FilterStart& start,
                      const RetrieveOptions& options, RetrieveResult& result) {
  const MoRef& collector = session_.content().property_collector;
  SoapRequest first("RetrievePropertiesEx", collector);
  write_filter_spec(first, "specSet", specs, start);
  first.open("options");
  if (options.page_objects > 0) first.number("maxObjects", options.page_objects);
  first.close();
  try {
    read_page(first, result);
    if (options.on_page) options.on_page(result.objects);
    for (int empty = 0; !token_.empty();) {
      const std::size_t before = result.objects;
      SoapRequest next("ContinueRetrievePropertiesEx", collector);
      next.text("token", token_);
      read_page(next, result);
      if (options.on_page) options.on_page(result.objects);
      empty = result.objects == before ? empty + 1 : 0;
      if (empty < kEmptyPagesInRow) continue;
      throw Error(ErrorKind::Protocol, Outcome::Unknown,
                  "ContinueRetrievePropertiesEx: the server sent " + std::to_string(empty) +
                      " pages without an object and promises more; try again, then report this");
    }
  } catch (const Error& error) {
    if (is_out_of_reach(error)) token_.clear();
    throw;
  }
}

void read_through_view(Session& session, const MoRef& container,
                       const std::vector<PropertySpec>& specs, const ObjectSink& sink,
                       const RetrieveOptions& options, RetrieveResult& result) {
  ContainerView view(session, container, specs, Channel::Calls);
  try {
    PageReader(session, sink, options.known).read(specs, {view.ref(), {}}, options, result);
  } catch (const Error& error) {
    if (is_out_of_reach(error)) view.abandon();
    throw;
  }
}

/// True when the error means that the session `seen` is over, and the view with it.
bool is_expiry(const Session& session, int seen, const Error& error) {
  return error.kind() == ErrorKind::NotAuthenticated ||
         (error.kind() == ErrorKind::NotFound && session.logins() != seen);
}

}  // namespace

RetrieveResult retrieve_all(Session& session, const MoRef& container,
                            const std::vector<PropertySpec>& specs, const ObjectSink& sink,
                            const RetrieveOptions& options) {
  for (bool again = false;; again = true) {
    RetrieveResult result;
    const int seen = session.logins();
    try {
      read_through_view(session, container, specs, sink, options, result);
      return result;
    } catch (const Error& error) {
      if (!is_expiry(session, seen, error)) throw;
      if (!again && result.objects == 0) {
        session.renew(seen);
        continue;
      }
      throw Error(ErrorKind::NotAuthenticated, Outcome::NotExecuted,
                  "reading the inventory: the session expired after " +
                      std::to_string(result.objects) + " objects; scan again",
                  error.fault().value_or(Fault{}));
    }
  }
}

namespace {

/// One batch of retrieve_objects: reads until each object was delivered or is known to be gone.
class Batch {
 public:
  Batch(Session& session, const std::vector<PropertySpec>& specs, const ObjectSink& sink,
        const std::function<void(const MoRef&)>& on_gone, RetrieveResult& result)
      : session_(session), specs_(specs), sink_(sink), on_gone_(on_gone), result_(result) {}

  void read(std::vector<MoRef> objects);

 private:
  /// Empty when all that is left was passed over, else the fault that stopped it.
  std::optional<Error> attempt(const std::vector<MoRef>& objects);
  void gone(const MoRef& object) const {
    if (on_gone_) on_gone_(object);
  }

  Session& session_;
  const std::vector<PropertySpec>& specs_;
  const ObjectSink& sink_;
  const std::function<void(const MoRef&)>& on_gone_;
  RetrieveResult& result_;
  std::set<MoRef> delivered_;
  bool renewed_ = false;
};

std::optional<Error> Batch::attempt(const std::vector<MoRef>& objects) {
  const ObjectSink note = [this](const ObjectView& object) {
    delivered_.insert(object.object);
    sink_(object);
  };
  const int seen = session_.logins();
  try {
    PageReader(session_, note).read(specs_, {{}, objects}, {}, result_);
    return std::nullopt;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::NotFound) return error;
    if (error.kind() != ErrorKind::NotAuthenticated || renewed_) throw;
    renewed_ = true;
    session_.renew(seen);
    return error;
  }
}

/// A server that does not pass over missing objects refuses the whole call for one of them: that
/// one is taken out when the fault names it, else the batch is halved until it stands alone.
void Batch::read(std::vector<MoRef> objects) {
  while (!objects.empty()) {
    const std::optional<Error> error = attempt(objects);
    std::erase_if(objects, [this](const MoRef& object) { return delivered_.count(object) > 0; });
    if (error && error->kind() == ErrorKind::NotAuthenticated) continue;
    if (!error) {
      for (const MoRef& object : objects) gone(object);
      return;
    }
    const MoRef named = error->fault() ? error->fault()->object : MoRef{};
    const auto culprit = std::find_if(objects.begin(), objects.end(), [&](const MoRef& object) {
      return object.value == named.value;
    });
    if (culprit != objects.end()) {
      gone(*culprit);
      objects.erase(culprit);
    } else if (!named.empty()) {
      throw *error;  // about something else, the collector itself
    } else if (objects.size() == 1) {
      gone(objects.front());
      return;
    } else {
      const auto middle = objects.begin() + static_cast<std::ptrdiff_t>(objects.size() / 2);
      read({middle, objects.end()});
      objects.erase(middle, objects.end());
    }
  }
}

}  // namespace

RetrieveResult retrieve_objects(Session& session, const std::vector<MoRef>& objects,
                                const PropertySpec& spec, const ObjectSink& sink,
                                const std::function<void(const MoRef&)>& on_gone) {
  return retrieve_objects(session, objects, std::vector<PropertySpec>{spec}, sink, on_gone);
}

RetrieveResult retrieve_objects(Session& session, const std::vector<MoRef>& objects,
                                const std::vector<PropertySpec>& specs, const ObjectSink& sink,
                                const std::function<void(const MoRef&)>& on_gone) {
  RetrieveResult result;
  std::vector<MoRef> distinct(objects);
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (std::size_t from = 0; from < distinct.size(); from += kBatchObjects) {
    const std::size_t to = std::min(distinct.size(), from + kBatchObjects);
    Batch(session, specs, sink, on_gone, result)
        .read({distinct.begin() + static_cast<std::ptrdiff_t>(from),
               distinct.begin() + static_cast<std::ptrdiff_t>(to)});
  }
  return result;
}

}  // namespace vsphere
