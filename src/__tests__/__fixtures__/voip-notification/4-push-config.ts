        const pushConfig: ZIMPushConfig = {
            resourcesID: "your resourcesID", // 联系 ZEGO 技术支持配置的 resourcesID
            title: "系统通话标题",
            payload: "业务需要的透传字段",
            content: "your content",
            voIPConfig:{
                'iOSVoIPHandleType': 1,
                'iOSVoIPHandleValue': '发送方联系人信息',
                'iOSVoIPHasVideo': true
            }
        };
