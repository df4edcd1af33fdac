// Prints each command's response, for people or as one JSON document.
#pragma once

#include <vector>

#include "agent/act/handlers.h"
#include "agent/act/init.h"
#include "agent/cli/print/output.h"
#include "agent/config/settled.h"

namespace agent {

void print(const ScanResponse& response, const Output& output);
/// The first lines of `status`, while the VMs are still being read; nothing with --json.
void print_scans(const StatusResponse& response, const Output& output);
void print(const StatusResponse& response, const Output& output);
void print(const std::vector<VmRow>& rows, const Output& output);
/// The snapshot tree of one VM, with "You are here" below the current snapshot.
void print_tree(const policy::Vm& vm, const Output& output,
                const policy::ThresholdPair& thresholds = {});
/// The layers of each disk, newest first, with fill and the share of reads each answers.
void print_chain(const policy::Vm& vm, const Output& output,
                 const policy::ThresholdPair& thresholds = {});
void print(const HistoryResponse& response, const Output& output);
void print(const DoctorResponse& response, const Output& output);
void print(const InitResponse& response, const Output& output);
void print(const ConfigResult& checked, const std::vector<SettledPolicy>& settled,
           const Output& output);

/// Streams `{"format":1,"vms":[...]}`: one object at a time, and one valid
/// document also when the source throws midway: then it has an "error" beside the VMs. Nothing is
/// written before the first VM or `finish`, so that what fails earlier can be told as any error.
class VmListWriter {
 public:
  explicit VmListWriter(const Output& output);
  ~VmListWriter();
  VmListWriter(const VmListWriter&) = delete;
  VmListWriter& operator=(const VmListWriter&) = delete;
  void add(const policy::Vm& vm, const policy::ThresholdPair& thresholds = {});
  /// Begins a list that has no VM.
  void finish() { begin(); }
  bool begun() const { return begun_; }
  void fail(const std::string& kind, const std::string& message, ExitCode code);

 private:
  void begin();

  const Output& output_;
  bool begun_ = false, first_ = true;
  std::string error_;
};

}  // namespace agent
