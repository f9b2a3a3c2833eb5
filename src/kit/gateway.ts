/** What the gateway knows and says, in the shapes of its HTTP API. Times are Unix milliseconds, durations seconds. */
import type { ZIMPushConfig, ZpnsEnvironment } from '../types';

/** What a phone can ask of the gateway. */
export type GatewayRequestName =
  'register' | 'unregister' | 'badge' | 'receipt' | 'invite' | 'accept' | 'reject' | 'cancel' | 'end' | 'query' | 'follow' | 'followUser';

/** One request of a phone that came. */
export interface GatewayRequest {
  /** What was asked. */
  readonly name: GatewayRequestName;
  /** The call it is about; null for what is about none. */
  readonly callID: string | null;
  /** The user whose token it carried, or `follow` for the capability that a push brings. */
  readonly by: string;
  /** The token itself. */
  readonly token: string;
  /** The JSON body, null without one. */
  readonly body: unknown;
}

/** One answer. */
export interface GatewayAnswer {
  /** HTTP status; 0 for a connection that breaks. With 200 and no body the gateway answers as usual. */
  readonly status: number;
  /** The JSON body. */
  readonly body?: unknown;
  /** `Retry-After`. */
  readonly retryAfter?: number;
}

/** A device as it registered. */
export interface GatewayInstallation {
  /** Whose device it is: `sub` of the user token that it registered with. */
  readonly user: string;
  /** The app's bundle ID. */
  readonly bundleID: string;
  /** The APNs environment that the tokens belong to. */
  readonly environment: ZpnsEnvironment;
  /** Its push tokens, in lower-case hex. */
  readonly tokens: {
    /** For alerts. */
    readonly apns?: string;
    /** For calls. */
    readonly voip?: string;
  };
}

/** An invitation as the phone of the called user gets it. */
export interface Invitation {
  /** The call. */
  readonly callID: string;
  /** Who calls [`alice`]. */
  readonly caller?: string;
  /** Who is called on this phone [`bob`]. */
  readonly user?: string;
  /** Who else is called [nobody]. */
  readonly others?: readonly string[];
  /** Ring time [45]. */
  readonly timeout?: number;
  /** Whether with video [false]. */
  readonly video?: boolean;
  /** Passed along [empty]. */
  readonly extendedData?: string;
}

/** How a user invites. What is left out has the gateway's own default. */
export interface InviteConfig {
  /** The call [made by the gateway]. */
  readonly callID?: string;
  /** Ring time [90]. */
  readonly timeout?: number;
  /** A `ZIMCallInvitationMode` [0]. */
  readonly mode?: 0 | 1;
  /** Passed along [empty]. */
  readonly extendedData?: string;
  /** The caller's own device. */
  readonly installation?: string;
  /** What to push [a VoIP push that shows the caller's user ID]; null for nothing, so that no phone is woken. */
  readonly pushConfig?: ZIMPushConfig | null;
}

/** What goes with something that a user does to a call. */
export interface VerbConfig {
  /** Passed along [empty]. */
  readonly extendedData?: string;
  /** On which of the user's devices it is done, so that the others hear that it was not theirs. */
  readonly installation?: string;
}

/** What became of something that a user did to a call. */
export interface VerbResult {
  /** Whether it changed the call. If not, something else came first. */
  readonly applied: boolean;
  /** The call now. */
  readonly call: GatewayCall;
}

/** A call that was made. */
export interface InvitedCall extends GatewayCall {
  /** Who could not be reached at all: users without a device. */
  readonly errorUserList: readonly {
    /** The user. */
    readonly userID: string;
    /** ZIM's number. */
    readonly code: number;
    /** What to do about it. */
    readonly reason: string;
  }[];
}

/** A device of a user that is no phone of the test. */
export interface OtherDevice {
  /** Its installation ID [made up]. */
  readonly installation?: string;
  /** The app on it [`com.example.app`]. */
  readonly bundleID?: string;
  /** The APNs environment of its tokens [`production`]. */
  readonly environment?: ZpnsEnvironment;
  /** Its push tokens in hex [one of each, made up]. */
  readonly tokens?: {
    /** For alerts. */
    readonly apns?: string;
    /** For calls. */
    readonly voip?: string;
  };
}

/** By which means the devices of a resource are reached. */
export interface ResourceStrategy {
  /** VoIP pushes, or alerts. */
  readonly kind: 'voip' | 'alert';
  /** VoIP only: whether a device without a VoIP token gets an alert instead [true]. */
  readonly alertFallback?: boolean;
  /** How devices learn that a call is over, beside the event channel: not at all, or by a second VoIP push [`none`]. */
  readonly cancelMode?: 'none' | 'voip';
}

/** Where a call stands. */
export type GatewayCallState = 'ringing' | 'accepted' | 'rejected' | 'cancelled' | 'timedOut' | 'ended';

/** What a user did, by the names of ZIM's numbers. */
export type GatewayUserState =
  | 'inviting'
  | 'accepted'
  | 'rejected'
  | 'cancelled'
  | 'offline'
  | 'received'
  | 'timeout'
  | 'quit'
  | 'ended'
  | 'notYetReceived'
  | 'beCancelled';

/** One user of a call. */
export interface GatewayParticipant {
  /** The user. */
  readonly userID: string;
  /** What the user did. */
  readonly state: GatewayUserState;
  /** On which device, where that is known. */
  readonly installation?: string;
  /** What the user passed along; empty for nothing. */
  readonly extendedData: string;
}

/** A call as everybody sees it. */
export interface GatewayCall {
  /** The call. */
  readonly callID: string;
  /** A `ZIMCallInvitationMode`: 0 general, 1 advanced. */
  readonly mode: 0 | 1;
  /** Who calls. */
  readonly caller: string;
  /** When it was made. */
  readonly createdAt: number;
  /** Until when it may ring. */
  readonly expiresAt: number;
  /** Ring time. */
  readonly timeout: number;
  /** What the caller passed along; empty for nothing. */
  readonly extendedData: string;
  /** Where it stands. */
  readonly state: GatewayCallState;
  /** When it was first accepted. */
  readonly acceptedAt?: number;
  /** When it was over. */
  readonly endedAt?: number;
  /** Number of the newest event. */
  readonly seq: number;
  /** Caller first. */
  readonly participants: readonly GatewayParticipant[];
}

/** One event of a call, with the whole call after it. */
export interface GatewayEvent {
  /** Counts up from 1 over the events of a call. */
  readonly seq: number;
  /** When. */
  readonly at: number;
  /** What happened. */
  readonly type: 'created' | 'received' | 'accepted' | 'rejected' | 'cancelled' | 'timedOut' | 'ended';
  /** Whose doing it was; nobody's where time did it. */
  readonly by?: {
    /** The user. */
    readonly userID: string;
  };
  /** What that user passed along; empty for nothing. */
  readonly extendedData: string;
  /** The call after it. */
  readonly call: GatewayCall;
}

/** What happens to a call, in the words of its event. */
export interface CallChange {
  /** What happened. */
  readonly event: GatewayEvent['type'];
  /** Where the call stands after it; checked, if given. */
  readonly state?: GatewayCallState;
  /** What users did, `bob: 'accepted'`; on another device of theirs: `bob: { state, installation }`. Checked, if given. */
  readonly users?: Readonly<
    Record<
      string,
      | GatewayUserState
      | {
          /** What the user did. */
          readonly state: GatewayUserState;
          /** On which device. */
          readonly installation?: string;
        }
    >
  >;
  /** Whose doing it was. */
  readonly by?: string;
  /** What that user passed along. */
  readonly extendedData?: string;
  /** Whether the phones' connections break just before it, so that they hear of it once they ask again. */
  readonly silently?: boolean;
}
