/** The libp2p transport keeps the contract. */
import { describeTransport } from '../conformance/transport.ts';
import { createLibp2pBed } from './libp2p-bed.ts';

describeTransport('libp2p', createLibp2pBed);
