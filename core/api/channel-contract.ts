/** The group `channels` of the table: ways to tell people and programs what became of runs. */
import * as channels from './channel-schemas.ts';
import { nothing, route } from './route.ts';

export const channelsTable = {
  list: route('channels', 'GET', '/channels', 'List channels, the tasks that name them, and how sending goes here')
    .input(nothing)
    .output(channels.channelListOutput),
  put: route('channels', 'PUT', '/channels/{name}', 'Create or change a channel')
    .input(channels.putChannelInput)
    .output(channels.channelNameOutput),
  delete: route('channels', 'DELETE', '/channels/{name}', 'Delete a channel that no task names')
    .input(channels.channelInput)
    .output(channels.channelNameOutput),
  test: route('channels', 'POST', '/channels/{name}/test', 'Send something by a channel, from this machine, to try it')
    .input(channels.channelInput)
    .output(channels.testedChannelOutput),
};
