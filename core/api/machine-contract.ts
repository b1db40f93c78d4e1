/** The part of the API's table (`contract.ts`) that is about machines. */
import * as machines from './machine-schemas.ts';
import * as rings from './ring-schemas.ts';
import { nothing, route } from './route.ts';

export const machinesTable = {
  list: route('machines', 'GET', '/machines', 'List the machines of the cluster')
    .input(nothing)
    .output(machines.machineListOutput),
  get: route('machines', 'GET', '/machines/{machine}', 'Show one machine')
    .input(machines.machineInput)
    .output(machines.machineOutput),
  departure: route('machines', 'GET', '/machines/{machine}/departure', 'Tell what would be if a machine went')
    .input(machines.machineInput)
    .output(rings.departureOutput),
  ring: route('machines', 'GET', '/ring', 'Show which machine owns which task, and how many each may own')
    .input(nothing)
    .output(rings.ringOutput),
  rename: route('machines', 'PUT', '/machines/{machine}/name', 'Rename a machine')
    .input(machines.renameMachineInput)
    .output(machines.machineIdOutput),
  label: route('machines', 'PUT', '/machines/{machine}/labels', 'Change the labels of a machine')
    .input(machines.labelMachineInput)
    .output(machines.labelMachineOutput),
  roles: route('machines', 'PUT', '/machines/{machine}/roles', 'Say what a machine may do')
    .input(machines.setRolesInput)
    .output(machines.setRolesOutput),
  drain: route('machines', 'POST', '/machines/{machine}/drain', 'Let a machine finish what runs and take nothing new')
    .input(machines.machineInput)
    .output(machines.machineIdOutput),
  resume: route('machines', 'POST', '/machines/{machine}/resume', 'Let a drained machine take tasks again')
    .input(machines.machineInput)
    .output(machines.machineIdOutput),
  remove: route('machines', 'DELETE', '/machines/{machine}', 'Remove a machine from the cluster; it is trusted no more')
    .input(machines.machineInput)
    .output(machines.machineIdOutput),
};
