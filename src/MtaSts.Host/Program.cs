return await MtaSts.Host.Commands.CommandRunner.RunAsync(args);
