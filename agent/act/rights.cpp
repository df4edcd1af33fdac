#include "agent/act/rights.h"

#include <algorithm>

namespace agent {
namespace {

const std::vector<std::string> kRead{"System.Anonymous", "System.View", "System.Read"};

const std::vector<std::string> kSnapshot{"VirtualMachine.State.CreateSnapshot",
                                         "VirtualMachine.State.RemoveSnapshot",
                                         "VirtualMachine.State.RenameSnapshot"};

const std::vector<std::string> kRevert{"VirtualMachine.State.RevertToSnapshot"};

const std::vector<std::string> kClone{
    "VirtualMachine.Provisioning.Clone", "VirtualMachine.Inventory.CreateFromExisting",
    "Datastore.AllocateSpace", "Resource.AssignVMToPool", "Network.Assign"};

// Deleting a clone needs this one on the clone folder; at the root it would reach every VM.
const std::string kDelete = "VirtualMachine.Inventory.Delete";

const std::vector<std::string> kNeverUsed{"Global.CancelTask",
                                          "Global.DisableMethods",
                                          "Global.EnableMethods",
                                          "VirtualMachine.Interact.AnswerQuestion",
                                          "VirtualMachine.Inventory.Unregister",
                                          "VirtualMachine.Config.RemoveDisk",
                                          "VirtualMachine.Config.EditDevice",
                                          "VirtualMachine.Config.Settings",
                                          "Datastore.DeleteFile",
                                          "Datastore.FileManagement",
                                          "Sessions.TerminateSession",
                                          "Sessions.ImpersonateUser",
                                          "Authorization.ModifyPermissions",
                                          "Authorization.ModifyRoles"};

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

RightsWanted rights_wanted(const VcenterConfig& vcenter,
                           const std::vector<PolicyConfig>& policies) {
  RightsWanted wanted;
  wanted.needed = kRead;
  wanted.excess = kNeverUsed;
  wanted.excess.push_back(kDelete);
  const bool clones = std::any_of(policies.begin(), policies.end(), [](const PolicyConfig& policy) {
    return policy.method == "clone";
  });
  if (vcenter.mode == Mode::Observe) {
    append(wanted.excess, kSnapshot);
    append(wanted.excess, kRevert);
    return wanted;
  }
  append(wanted.needed, kSnapshot);
  append(wanted.optional, kRevert);
  if (clones) append(wanted.needed, kClone);
  return wanted;
}

}  // namespace agent
