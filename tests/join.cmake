# Compiles files several at a time, for the build of tests/run: half of a file's compile time goes into
# templates that its neighbours need as well. A file that gives something another meaning than a neighbour
# does is named here and stays by itself; so is the first one that GCC complains of when files are added.
# The product's own build joins nothing, and tests/run has clang read each of its files alone.

# deltakeep_join(NAME COUNT [files...]): so many files of the target at a time, but for those named.
function(deltakeep_join name count)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${count})
  get_target_property(folder ${name} SOURCE_DIR)
  get_target_property(sources ${name} SOURCES)
  foreach(apart ${ARGN})
    set(found ${sources})
    list(FILTER found INCLUDE REGEX "(^|/)${apart}$")
    if(NOT found)
      message(FATAL_ERROR "deltakeep_join(${name}): the target has no file ${apart}; take it out of the list")
    endif()
    foreach(source ${found})
      get_filename_component(source ${source} ABSOLUTE BASE_DIR ${folder})
      set_source_files_properties(${source} TARGET_DIRECTORY ${name} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endforeach()
  endforeach()
endfunction()

# Where a name is hidden by a neighbour's, nothing is the matter.
foreach(library deltakeep_policy deltakeep_vsphere deltakeep_storage deltakeep_agent)
  target_compile_options(${library} PRIVATE -Wno-shadow)
endforeach()
deltakeep_join(deltakeep_policy 4 operation.cpp)
deltakeep_join(deltakeep_vsphere 4 curl_transport.cpp updates.cpp xml_read.cpp xml_scan.cpp)
deltakeep_join(deltakeep_storage 4 backup_restore.cpp)
deltakeep_join(deltakeep_agent 8
  cli/command_line.cpp cli/print/print_ops.cpp codec/inventory_json.cpp codec/operation_json.cpp
  codec/simulate_json.cpp config/fields.cpp config/read_lints.cpp)

deltakeep_join(deltakeep_simulator 4
  build.cpp device_changes.cpp disks.cpp human.cpp read.cpp rules.cpp saved_scan.cpp schema_device.cpp
  schema_fault.cpp schema_inventory.cpp schema_service.cpp services_history.cpp services_snapshots.cpp
  snapshots.cpp targets.cpp views_config.cpp views_entity.cpp views_tasks.cpp views_vm.cpp write.cpp)
deltakeep_join(simulator_control_test 4 changes_test.cpp inventory_test.cpp)
deltakeep_join(simulator_model_test 4)
deltakeep_join(simulator_views_test 4)
deltakeep_join(simulator_wire_test 4)
deltakeep_join(test_agent_act 4 forecast_test.cpp print_test.cpp scan_marks_test.cpp)
deltakeep_join(test_agent_cli 4)
deltakeep_join(test_agent_execute 4)
deltakeep_join(test_law_policy 4 retention_law.cpp)
deltakeep_join(test_policy 4
  chain_doubt_test.cpp cron_test.cpp findings_test.cpp guard_snapshot_test.cpp guard_test.cpp plan_test.cpp)
deltakeep_join(test_storage 4)
deltakeep_join(test_vsphere_soap 4 changes_test.cpp fault_test.cpp soap_request_test.cpp tasks_test.cpp)
deltakeep_join(test_vsphere_transport 4 transport_keepalive_test.cpp transport_trace_test.cpp)
