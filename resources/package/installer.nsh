; Asked once, when the app is removed for good: an update removes the old version, too, and asks nothing. Silently, data stays.
!macro customUnInstall
  ${ifNot} ${isUpdated}
    SetShellVarContext current
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Also delete this machine's data: its key, tasks and history?$\r$\n$\r$\nWithout its key it can only join its cluster again by a new invitation." /SD IDNO IDNO carillonDataStays
      RMDir /r "$LOCALAPPDATA\Carillon"
    carillonDataStays:
  ${endIf}
!macroend
