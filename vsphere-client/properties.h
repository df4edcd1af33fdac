// Reads many objects in few calls: container views, pages, and the update stream.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pugixml.hpp"
#include "vsphere-client/session.h"

namespace vsphere {

struct PropertySpec {
  std::string type;  ///< also matches subclasses
  std::vector<std::string> paths;
};

/// A property the server would not give; never confused with one that is unset.
struct MissingProperty {
  std::string path;
  Fault fault;
};

/// One object as received; nodes are valid only during the callback.
struct ObjectView {
  MoRef object;
  std::vector<std::pair<std::string, pugi::xml_node>> properties;  ///< path, <val>
  std::vector<MissingProperty> missing;
  /// <val> of a path, an empty node when unset.
  pugi::xml_node find(std::string_view path) const;
};

using ObjectSink = std::function<void(const ObjectView&)>;
/// One object before it is parsed; valid only during the callback.
struct RawObject {
  /// As its first element says; "" when that is not plain to see. Good for looking up what is known
  /// of the object, which `item` must then confirm.
  std::string_view moid;
  const RawItem& item;
};
/// True: nothing new in it. It is counted, but neither parsed nor delivered; else it is delivered
/// next.
using KnownObject = std::function<bool(const RawObject&)>;
/// After each page: objects so far. A good place to commit what was read.
using PageSink = std::function<void(std::size_t objects_so_far)>;

struct RetrieveOptions {
  int page_objects = 100;  ///< the server may send fewer
  PageSink on_page;
  KnownObject known;
};

/// How a streamed read ended when it did not reach its end: what was delivered before stays valid.
struct RetrieveResult {
  std::size_t objects = 0;
  std::size_t pages = 0;
};

/// Reads all objects of the given types below `container` (recursive container view), page by page.
/// An object that vanishes meanwhile is left out by the server; that is not an error.
/// An answer in which every property of every object is missing with NotAuthenticated is an expired
/// session, not an empty inventory: it logs in again once and starts over before the first page was
/// delivered; later it throws NotAuthenticated.
RetrieveResult retrieve_all(Session& session, const MoRef& container,
                            const std::vector<PropertySpec>& specs, const ObjectSink& sink,
                            const RetrieveOptions& options = {});

/// Reads named objects. One that is gone is reported by `on_gone`, the others are still delivered.
RetrieveResult retrieve_objects(Session& session, const std::vector<MoRef>& objects,
                                const PropertySpec& spec, const ObjectSink& sink,
                                const std::function<void(const MoRef&)>& on_gone = {});

/// As above, for objects of several types: each gets the spec of its type.
RetrieveResult retrieve_objects(Session& session, const std::vector<MoRef>& objects,
                                const std::vector<PropertySpec>& specs, const ObjectSink& sink,
                                const std::function<void(const MoRef&)>& on_gone = {});

enum class UpdateKind { Enter, Modify, Leave };

struct Change {
  std::string path;
  pugi::xml_node value;  ///< empty: the property became unset
};

struct ObjectUpdate {
  UpdateKind kind = UpdateKind::Modify;
  MoRef object;
  std::vector<Change> changes;
  std::vector<MissingProperty> missing;
};

/// What a property of one object refers to, whatever that is at the time: the tasks in
/// TaskManager.recentTask.
struct Referred {
  MoRef object;
  std::string path;
};

/// One filter and its update stream (WaitForUpdatesEx, partialUpdates=false) on a collector of its
/// own. A truncated reply is continued before `next` returns; its version is never used twice.
class UpdateStream {
 public:
  UpdateStream(Session& session, const MoRef& container, std::vector<PropertySpec> specs);
  /// Watches exactly one object instead of a container.
  UpdateStream(Session& session, const MoRef& object, PropertySpec spec);
  /// Watches the objects that a property refers to, which come and go with its value; the object
  /// that has the property is not reported.
  UpdateStream(Session& session, const Referred& referred, std::vector<PropertySpec> specs);
  ~UpdateStream();

  /// Waits up to `wait` for changes and hands over each once. True when something came. The first
  /// call gives every object as Enter; so does the first one after a re-login or an
  /// InvalidCollectorVersion, where `resync` is called before.
  bool next(std::chrono::seconds wait, const std::function<void(const ObjectUpdate&)>& sink,
            const std::function<void()>& resync = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vsphere
