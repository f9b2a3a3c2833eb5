    ZPNs.getInstance().on("registered", (message) => {
        console.log("[ZPNs] registered. pushID: " + message.pushID + ", error: " + message.errorCode);
    });
